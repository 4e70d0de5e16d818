"""Where things stand: rows of a rate's sheet, start values on the first, names of cells."""

from xlsxwriter.utility import xl_col_to_name

from tinydrill.backprop.problem import Names, Problem, of_sample

RATE_ROW = 1
RATE_COLUMN = 2
HEAD_ROW = 4
FIRST_ROW = HEAD_ROW + 1

NETWORK = "network"
START_ROW = 29
"""First start value on the first sheet: below its drawing."""


def rate_name(number: int) -> str:
    """Name of the cell with the rate of sheet `number`, counted from 0: rate_1."""
    return f"rate_{number + 1}"


def setting_name(setting: str, number: int) -> str:
    """Name of the cell with an optimiser's setting: beta1_of_1 (beta1_1 could be a cell)."""
    return f"{setting}_of_{number + 1}"


def start_names(problem: Problem) -> tuple[tuple[str, ...], ...]:
    """Given quantities in the groups they are listed in: weights and biases, then each sample."""
    names = Names(problem)
    samples = tuple(
        tuple(of_sample(name, sample) for name in (*names.inputs, *names.targets))
        for sample in names.samples
    )
    return (tuple(problem.parameters()), tuple(name for sample in samples for name in sample))


def start_place(problem: Problem, name: str) -> tuple[int, int]:
    """Row and column, from 0, of a given quantity's number on the first sheet."""
    for group, members in enumerate(start_names(problem)):
        if name in members:
            return START_ROW + members.index(name), 1 + 3 * group
    raise KeyError(name)


def start_cell(problem: Problem, name: str) -> str:
    """Reference to a given quantity's number, without "="."""
    row, column = start_place(problem, name)
    return f"{NETWORK}!${xl_col_to_name(column)}${row + 1}"
