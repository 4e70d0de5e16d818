"""Runs as records, made from curves of errors: what targets and analyses are tested on."""

from collections.abc import Mapping, Sequence

from tests.drilldown.test_record import made
from tinydrill.drilldown.recipe import as_mapping
from tinydrill.drilldown.record import Epoch, Measured, Record, Seconds
from tinydrill.drilldown.stages.configuration import Configuration
from tinydrill.drilldown.stages.trained import Trained
from tinydrill.drilldown.zoo import ZOO


def run(
    configuration: Configuration,
    errors: Sequence[int],
    *,
    seed: int = 0,
    train_errors: int = 300,
    losses: Sequence[float] | None = None,
    parameters: int | None = None,
    macs: int = 1_000_000,
    lr: float = 0.01,
    status: str = "finished",
    rule: str = "full",
    final: int | None = None,
) -> Record:
    """A run on 60,000 training images with so many errors of 10,000 after each epoch."""
    losses = losses or [count / 3000 for count in errors]
    epochs = tuple(
        Epoch(
            number=number,
            images_seen=60_000 * number,
            lr=lr,
            train=Measured(loss=0.01, errors=train_errors, images=60_000),
            watch=Measured(loss=loss, errors=count, images=10_000),
            seconds=Seconds(augment=1, train=9),
        )
        for number, (count, loss) in enumerate(zip(errors, losses, strict=True), start=1)
    )
    net = ZOO.get(configuration.net)
    values = made().model_copy(
        update={
            "data": made().data.model_copy(update={"rule": rule}),
            "final": final and Measured(loss=0.01, errors=final, images=10_000),
        }
    )
    return made(
        status=status,
        net={
            "name": configuration.net,
            "parameters": parameters or 9_384,
            "macs": macs,
            "net": net.as_mapping() if net else None,
        },
        recipe_name=configuration.recipe_name,
        recipe=as_mapping(configuration.recipe),
        seed=seed,
        epochs=epochs,
        seconds=Seconds(augment=len(epochs), train=9 * len(epochs)),
        data=values.data,
        final=values.final,
        message="the loss reached nan" if status == "diverged" else "",
    )


def trained(
    *curves: Sequence[int],
    net: str = "slim9",
    recipe: str = "seed",
    changes: Mapping[str, object] | None = None,
    **more: object,
) -> Trained:
    """A configuration with a run for each curve of errors, seeds counted from 0."""
    there = Configuration(net, recipe).changed(changes or {})
    runs = tuple(run(there, curve, seed=seed, **more) for seed, curve in enumerate(curves))  # type: ignore[arg-type]
    return Trained(there, runs)
