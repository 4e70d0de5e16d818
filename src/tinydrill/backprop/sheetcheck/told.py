"""What a report says in lines of text, for the terminal and the page."""

from tinydrill.backprop.sheetcheck.verdicts import TableReport


def net_words(table: TableReport) -> str:
    """Return the network that the table was taken for."""
    net = table.net
    if net is None:
        return ""
    shape = "-".join(map(str, net.widths))
    kinds = list(dict.fromkeys(layer.activation for layer in net.layers))
    words = f"network {shape}, {' then '.join(kinds)}, error {table.loss}"
    if net.biases:
        words += f", biases {' '.join(net.biases)}"
    if len(net.samples) > 1:
        words += f", {len(net.samples)} samples"
    if table.checked.get("gradient"):
        words += f"; gradient columns hold {table.convention}"
    if "lr" in table.cells:
        words += f"; rate in {table.cells['lr']}"
    elif "lr" in table.columns:
        words += f"; rate in column {table.columns['lr'][0]}"
    elif table.rate:
        words += f"; rate {table.rate}, written into the formulas"
    return words


def columns_words(table: TableReport) -> str:
    """Return which column was taken for what."""
    if not table.columns:
        return ""
    taken = [f"{letters} {name}" for name, (letters, _) in table.columns.items()]
    taken += [f"{cell} {name}" for name, cell in table.cells.items()]
    return "read as: " + ", ".join(taken)


def checked_words(table: TableReport) -> str:
    """Return how many formula cells were checked, by kind."""
    if not table.checked:
        return ""
    words = ", ".join(f"{count} {kind}" for kind, count in table.checked.items() if count)
    return f"formulas checked: {words or 'none'}; not checked: {table.unchecked}"
