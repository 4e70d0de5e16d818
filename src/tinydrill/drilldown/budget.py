"""What a net and a run may cost, and whether they kept to it."""

import math
from dataclasses import dataclass

from tinydrill.errors import UnusableInputError


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of the exercise. Parameters must stay below, epochs may reach, their limit."""

    parameters: int = 20_000
    epochs: float = 20.0
    accuracy: float = 99.4

    def __post_init__(self) -> None:
        possible = 0 < self.epochs < math.inf and 0 <= self.accuracy <= 100
        if self.parameters < 1 or not possible:
            raise UnusableInputError(
                f"a budget of {self.parameters} parameters, {self.epochs:g} epochs and "
                f"{self.accuracy:g} % can't be kept: parameters and epochs must be positive, "
                "accuracy between 0 and 100"
            )

    def admit(self, name: str, parameters: int, epochs: float) -> None:
        """Refuse, before anything is trained, what can't pass.

        Raises:
            UnusableInputError: the net or the planned epochs are over the limit.
        """
        if parameters >= self.parameters:
            raise UnusableInputError(
                f"{name} has {parameters:,} parameters; the budget is fewer than "
                f"{self.parameters:,} (raise it with --max-parameters)"
            )
        if epochs > self.epochs:
            raise UnusableInputError(
                f"the recipe plans {epochs:g} epochs; the budget is {self.epochs:g} "
                "(raise it with --max-epochs)"
            )


@dataclass(frozen=True, slots=True)
class Verdict:
    """A run measured against a budget.

    Attributes:
        errors: wrongly classified images of `images`.
        epochs: training images seen ÷ training images there are.
        which: the images judged: `test`, or `held-out`.
    """

    budget: Budget
    errors: int
    images: int
    parameters: int
    epochs: float
    which: str = "test"

    @property
    def accuracy(self) -> float:
        """Per cent of the images classified rightly."""
        return 100 * (self.images - self.errors) / self.images

    @property
    def accurate(self) -> bool:
        """The accuracy's side of the verdict, decided in whole errors."""
        # 1e-9: 99.4 has no exact binary form; a thousandth of an error decides nothing.
        return self.errors <= self.images * (100 - self.budget.accuracy) / 100 + 1e-9

    @property
    def passed(self) -> bool:
        """All three limits kept."""
        return (
            self.accurate
            and self.parameters < self.budget.parameters
            and self.epochs <= self.budget.epochs
        )

    def sentence(self, seconds: float, cores: int, device: str = "cpu") -> str:
        """The verdict at a glance, with the training's seconds and the hardware."""

        def sign(kept: bool, yes: str, no: str) -> str:
            return yes if kept else no

        budget = self.budget
        where = f"{cores} {'core' if cores == 1 else 'cores'}" if device == "cpu" else device
        small = sign(self.parameters < budget.parameters, "<", "≥")
        short = sign(self.epochs <= budget.epochs, "≤", ">")
        return "   ".join(
            (
                "PASS" if self.passed else "FAIL",
                f"{self.accuracy:.2f} % ({self.errors} errors of {self.images:,} {self.which} "
                f"images) {sign(self.accurate, '≥', '<')} {budget.accuracy:.2f} %",
                f"{self.parameters:,} {small} {budget.parameters:,} parameters",
                f"{self.epochs:g} {short} {budget.epochs:g} epochs",
                f"{seconds:.1f} s on {where}",
            )
        )
