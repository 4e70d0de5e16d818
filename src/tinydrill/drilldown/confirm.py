"""Before a winner is declared: the best trials once more, with seeds that chose nothing.

One seed's errors are half luck near the top of a hundred trials. So the best few are trained and
judged again, on the same held-out images, and the mean over all their seeds decides.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

from tinydrill.drilldown.candidate import from_net
from tinydrill.drilldown.data import Dataset
from tinydrill.drilldown.layers import net_from_mapping
from tinydrill.drilldown.recipe import from_mapping
from tinydrill.drilldown.search import Seen, Tried, readings, seen_of
from tinydrill.drilldown.spread import Resources, WorkerLostError, spread
from tinydrill.drilldown.study import Task, note_again, open_study, unconfirmed
from tinydrill.drilldown.train import DivergedError


def _try_again(shared: tuple[Task, Seen], number: int, seed: int) -> Tried:
    """A trial's net and recipe with another seed, to the last epoch."""
    task, seen = shared
    (trial,) = (t for t in open_study(task).get_trials(deepcopy=False) if t.number == number)
    net = net_from_mapping(json.loads(trial.user_attrs["net"]))
    candidate = from_net(net, seen.shape, seen.classes)
    recipe = from_mapping(json.loads(trial.user_attrs["recipe"]))
    try:
        *_, (_, errors) = readings(task, seen, candidate, recipe, seed)
    except DivergedError:
        errors = len(seen.held_out[1])  # nothing is right
    return Tried(number, "again", errors, candidate.origin.parameters)


def confirm(
    task: Task,
    dataset: Dataset,
    finalists: int,
    resources: Resources,
    tell: Callable[[Tried | float], None],
) -> None:
    """Train the best trials with further seeds, and note their errors in the study.

    Args:
        task: names the study.
        dataset: its test images are not looked at.
        finalists: how many of the best; a single one needs no comparison.
        resources: what may be used.
        tell: told each training's end, and the seconds in which Ray was started.
    """
    missing = unconfirmed(task, finalists)
    if not missing:
        return
    if len(missing) == 1 and resources.address is None:
        resources = replace(resources, workers=1)
    study = open_study(task)

    def jobs() -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        for number, seed in missing:
            yield (number, seed), (number, seed)

    with closing(spread(_try_again, (task, seen_of(dataset)), jobs(), resources, tell)) as outcomes:
        for (number, seed), outcome in outcomes:
            if isinstance(outcome, WorkerLostError):
                tell(Tried(number, f"not confirmed: {outcome}", None, None))
                continue
            if isinstance(outcome, Exception):
                raise outcome
            note_again(study, number, seed, outcome.errors)
            tell(outcome)
