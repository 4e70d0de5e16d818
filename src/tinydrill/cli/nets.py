"""`tinydrill zoo`, `show` and `recipes`: what there is to train, and how."""

from dataclasses import asdict
from typing import Annotated

import typer

from tinydrill.cli.printing import AsJson, print_json, print_table, table, tell


def zoo(as_json: AsJson = False) -> None:
    """List the named nets with their size, cost and receptive field."""
    from tinydrill.drilldown.trace import trace
    from tinydrill.drilldown.zoo import ZOO

    traces = {name: trace(net) for name, net in ZOO.items()}
    if as_json:
        print_json(
            [
                {
                    "name": name,
                    "parameters": derived.parameters,
                    "macs": derived.macs,
                    "receptive_field": derived.receptive_field,
                }
                for name, derived in traces.items()
            ]
        )
        return
    columns = ("parameters", "MACs an image", "receptive field", "layers")
    result = table("", "net", *columns, "", right=columns)
    for name, derived in traces.items():
        result.add_row(
            name,
            f"{derived.parameters:,}",
            f"{derived.macs:,}",
            str(derived.receptive_field),
            str(len(derived.rows)),
            "drops pixels" if any(row.warning for row in derived.rows) else "",
        )
    print_table(result)
    tell("`tinydrill show NET` goes through one of them layer by layer.")


def show(
    net: Annotated[str, typer.Argument(help="A name of the zoo, or path/to/file.py:Class.")],
    as_json: AsJson = False,
) -> None:
    """Go through a net layer by layer: shape, receptive field, parameters, cost."""
    if ".py:" in net or net.endswith(".py"):
        from tinydrill.drilldown.candidate import resolve

        derived = resolve(net).trace
        name = net
    else:  # without torch, which a net as data doesn't need
        from tinydrill.drilldown import zoo as nets
        from tinydrill.drilldown.trace import trace

        found = nets.find(net)
        derived, name = trace(found), found.name
    if as_json:
        print_json(
            {
                "name": name,
                "parameters": derived.parameters,
                "macs": derived.macs,
                "receptive_field": derived.receptive_field,
                "rows": [asdict(row) for row in derived.rows],
            }
        )
        return
    numbers = ("", "field", "jump", "parameters", "%", "MACs", "% ")
    result = table(
        f"{name}: {derived.parameters:,} parameters, {derived.macs:,} MACs an image",
        *("", "layer", "output", *numbers[1:]),
        right=numbers,
    )
    for number, row in enumerate(derived.rows, start=1):
        result.add_row(
            str(number),
            row.label,
            "×".join(map(str, row.shape)),
            str(row.receptive_field or "–"),
            str(row.jump or "–"),
            f"{row.parameters:,}",
            f"{100 * row.parameters / max(1, derived.parameters):.1f}",
            f"{row.macs:,}",
            f"{100 * row.macs / max(1, derived.macs):.1f}",
        )
    print_table(result)
    for number, row in enumerate(derived.rows, start=1):
        if row.warning:
            tell(f"warning: layer {number} {row.warning}")


def recipes(as_json: AsJson = False) -> None:
    """List the named recipes, and what each of their fields means and may be."""
    from tinydrill.drilldown import recipe as module
    from tinydrill.drilldown.cookbook import HOME_NET, RECIPES

    named = {name: module.as_mapping(found) for name, found in RECIPES.items()}
    if as_json:
        print_json(
            {
                "recipes": {
                    name: {"net": HOME_NET[name], **values} for name, values in named.items()
                },
                "fields": {
                    field: {
                        "unit": module.unit_of(field),
                        "allowed": module.allowed(field),
                        "why": module.why_of(field),
                    }
                    for field in module.FIELDS
                },
            }
        )
        return
    values = table("", "field", *named, "unit", right=tuple(named))
    values.add_row("[i]net[/i]", *(HOME_NET[name] for name in named), "")
    meanings = table("", "field", "allowed", "what it does")
    for field in module.FIELDS:
        shown = (str(recipe[field]) for recipe in named.values())
        values.add_row(field, *(text.removesuffix(".0") for text in shown), module.unit_of(field))
        meanings.add_row(field, module.allowed(field), module.why_of(field))
    print_table(values)
    print_table(meanings)
    tell("Change any of them for one run with `tinydrill train --set field=value`.")
