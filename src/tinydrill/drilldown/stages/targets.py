"""Holds a target against what was trained, and says which limit was missed and by how much."""

from tinydrill.drilldown.record import Measured
from tinydrill.drilldown.stages.file import Choice, Target
from tinydrill.drilldown.stages.outcome import Clause
from tinydrill.drilldown.stages.trained import Trained
from tinydrill.errors import UnusableInputError


def allowed_errors(accuracy: float, images: int) -> int:
    """The most errors that so many per cent allow of so many images: whole images decide."""
    # 1e-9: 99.4 has no exact binary form; a thousandth of an error decides nothing.
    return int(images * (100 - accuracy) / 100 + 1e-9)


def clauses(target: Target, trained: Trained) -> tuple[Clause, ...]:
    """The target, limit by limit."""
    held = []
    if target.parameters is not None:
        over = trained.parameters - target.parameters + 1
        held.append(
            Clause(
                wanted=f"fewer than {target.parameters:,} parameters",
                found=f"{trained.parameters:,}" + (f", {over:,} too many" if over > 0 else ""),
                kept=over <= 0,
            )
        )
    if target.epochs is not None:
        over_by = trained.epochs - target.epochs
        held.append(
            Clause(
                wanted=f"at most {target.epochs:g} epochs",
                found=f"{trained.epochs:g}" + (f", {over_by:g} too many" if over_by > 0 else ""),
                kept=over_by <= 0,
            )
        )
    if target.accuracy is not None:
        held.append(_accuracy(target, target.accuracy, trained))
    return tuple(held)


def _accuracy(target: Target, accuracy: float, trained: Trained) -> Clause:
    """The accuracy in the last epochs, counted in seeds; seeds that diverged have missed it."""
    seeds = len(trained.runs)
    needed = target.seeds or seeds
    wanted = Target(accuracy=accuracy, last=target.last, seeds=target.seeds).in_words(seeds)
    worst = sorted(
        (max(readings, key=_errors) for readings in trained.last(target.last)), key=_errors
    )
    kept = [one for one in worst if one.errors <= allowed_errors(accuracy, one.images)]
    found = f"{len(kept)} of {seeds} seed{'s' * (seeds != 1)}"
    if trained.diverged:
        found += f" ({len(trained.diverged)} diverged)"
    if worst:
        lowest = worst[-1]
        found += f"; the lowest reading is {lowest.accuracy:.2f} %, {lowest.errors:,} errors"
    if len(kept) < needed <= len(worst):
        # The seed that would have to be better for the target to be met.
        lacking = worst[needed - 1]
        over = lacking.errors - allowed_errors(accuracy, lacking.images)
        found += f", and {over:,} fewer would be needed{_which(needed, seeds)}"
    return Clause(wanted=wanted, found=found, kept=len(kept) >= needed)


def _errors(one: Measured) -> int:
    return one.errors


def _which(needed: int, seeds: int) -> str:
    if seeds == 1:
        return ""
    return " in the worst seed" if needed == seeds else f" in seed number {needed} from the best"


def nearest(held: list[tuple[Trained, tuple[Clause, ...]]]) -> int:
    """The index of the configuration that came nearest: fewest limits missed, then best mean."""
    return min(
        range(len(held)),
        key=lambda i: (sum(not clause.kept for clause in held[i][1]), -held[i][0].mean),
    )


def permits(choice: Choice, trained: Trained) -> bool:
    """Whether the parts of a rule that look at no accuracy let a configuration go on."""
    nets = None if choice.nets is None else {net.lower() for net in choice.nets}
    return (choice.parameters is None or trained.parameters < choice.parameters) and (
        nets is None or trained.configuration.net.lower() in nets
    )


def survivors(
    choice: Choice, before: list[tuple[Trained, tuple[Clause, ...]]], name: str
) -> list[Trained]:
    """Which go on, best first.

    Args:
        choice: the rule.
        before: what the stage before trained, each with its target's clauses.
        name: what to call that stage in an error.

    Raises:
        UnusableInputError: the rule leaves nothing.
    """
    left = [
        trained
        for trained, held in before
        if trained.finished
        if not choice.met or all(clause.kept for clause in held)
        if permits(choice, trained)
    ]
    left.sort(key=lambda trained: -trained.mean)
    if not left:
        raise UnusableInputError(
            f"goes on with {choice.in_words()}, and {name} has none that finished"
            + (" and met its target" if choice.met else "")
        )
    return left[: choice.best]
