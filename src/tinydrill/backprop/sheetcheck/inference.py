"""Infers what network a table trains: shape, wiring, activations, loss, sign convention and rate.

Each choice is the candidate whose truth the most columns agree with, so that one wrong column can't
change it; where nothing decides, the usual form is taken and a note says so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product as every_pair

from tinydrill.backprop.sheetcheck.binding import Binder
from tinydrill.backprop.sheetcheck.columns import Column, Group
from tinydrill.backprop.sheetcheck.network import ACTIVATIONS, Layer, Loss, Net, plain
from tinydrill.backprop.sheetcheck.optimisers import SETTING_NAMES, optimiser_of
from tinydrill.backprop.sheetcheck.probes import Probe, agrees, same
from tinydrill.backprop.sheetcheck.shapes import NotCheckableError, shapes
from tinydrill.backprop.sheetcheck.syntax import Symbol, symbols, walk
from tinydrill.backprop.sheetcheck.wanted import Convention

_CONVENTIONS = (
    Convention(),
    Convention(sign=-1),
    Convention(scaled=True),
    Convention(sign=-1, scaled=True),
)
_TRIALS = 4  # probes that decide between candidates; judging uses more


@dataclass(frozen=True)
class Understanding:
    """What a table is taken to be.

    Args:
        net: the network.
        convention: what the gradient columns hold.
        rate: the rate written into the formulas; None where a cell holds it.
        constant: leaves with one value down the sheet.
        trained: whether the weights follow an update rule from row to row.
        settings_in_cells: whether beta and epsilon of the rule stand in cells.
        notes: choices that the reader should know of.
    """

    net: Net
    convention: Convention
    rate: float | None
    constant: frozenset[str]
    trained: bool = True
    settings_in_cells: bool = True
    notes: tuple[str, ...] = ()


def understand(
    binder: Binder, columns: Mapping[str, Column], given: Net | None = None
) -> Understanding:
    """Infer the network of a table.

    Args:
        binder: the table's binder.
        columns: its columns.
        given: the network, where the user has said which it is.

    Raises:
        NotCheckableError: something needed is missing or several readings fit equally.
    """
    names = {*columns, *binder.scalars.values()}
    constant = _constant(binder, columns)
    judge = _Scorer(binder, columns, constant)
    notes: list[str] = []
    if given is None:
        net = _wired(names, judge)
        net = _activated(net, judge)
        losses: Iterable[Loss] = _losses(net)
    else:
        net, losses = replace(given, optimiser=optimiser_of(names)), (given.loss,)
        missing = [n for n in (*given.targets, *given.weights) if not _has(names, n)]
        if missing:
            raise NotCheckableError(f"no column was found for {', '.join(missing[:4])}")

    best: tuple[int, Net, Convention, float | None] | None = None
    results = [n for n in columns if n[0] in "Ewbmvs" or n.startswith("dE/d")]
    for loss, convention in every_pair(losses, _CONVENTIONS):
        candidate = replace(net, loss=loss)
        rate = judge.rate(candidate, convention) if "lr" not in names else None
        score = judge.score(candidate, results, convention, rate)
        if best is None or score > best[0]:
            best = (score, candidate, convention, rate)
    assert best is not None
    _, net, convention, rate = best
    if any(name.startswith("dE/d") for name in columns) and best[0] == 0:
        notes.append("no error, gradient or update column agrees with any loss known here")
    updates = [name for name in (*net.weights, *net.biases) if name in columns]
    trained = (
        any(name.startswith("dE/d") for name in columns)
        or any(name.endswith("_new") for name in columns)
        or judge.score(net, updates, convention, rate) > 0
        # Weights that lean on more than weights mean to learn, rightly or not.
        or any(
            not {symbol.name for symbol in symbols(group.tree)} <= {*net.weights, *net.biases}
            for name in updates
            for group in columns[name].groups
            if group.tree is not None
        )
    )
    if not trained and any(columns[name].has_formulas for name in updates):
        notes.append("the weights follow no update rule here and were taken as given")
    return Understanding(
        net, convention, rate, constant, trained, judge.settings_in_cells, tuple(notes)
    )


def _wired(names: set[str], judge: "_Scorer") -> Net:
    best: list[Net] = []
    top = -1
    sums = [name for name in judge.columns if name[0] in "ho"]
    for net in shapes(names):
        score = judge.score(net, sums, Convention(), None)
        if score > top:
            best, top = [net], score
        elif score == top:
            best.append(net)
    # Candidates come most usual first; only a different number of layers is worth a question.
    if len({net.widths for net in best}) > 1:
        shown = " or ".join("-".join(map(str, w)) for w in sorted({net.widths for net in best}))
        raise NotCheckableError(
            f"the columns fit several networks ({shown}); name one with --problem"
        )
    return best[0]


def _activated(net: Net, judge: "_Scorer") -> Net:
    for at, layer in enumerate(net.layers):
        outputs = {unit.activation for unit in layer.units}
        wanted = [name for name in judge.columns if plain(name) in outputs]
        top = 0
        for kind in ACTIVATIONS:
            if kind == "softmax" and (at + 1 < len(net.layers) or len(layer.units) < 2):
                continue
            candidate = _with_layer(net, at, replace(layer, activation=kind))
            score = judge.score(candidate, wanted, Convention(), None)
            if score > top:
                net, top = candidate, score
    return net


def _with_layer(net: Net, at: int, layer: Layer) -> Net:
    return replace(net, layers=(*net.layers[:at], layer, *net.layers[at + 1 :]))


def _losses(net: Net) -> Iterator[Loss]:
    n = len(net.targets)
    squared = [(0.5, 1.0), (1.0, 1.0), (1.0, 1 / n), (0.5, 1 / n), (1 / n, 1.0), (0.5 / n, 1.0)]
    entropy = [(1.0, 1.0), (1.0, 1 / n)]
    for each, over_all in dict.fromkeys(squared):
        yield Loss("squared", each, over_all)
    for each, over_all in dict.fromkeys(entropy):
        if net.layers[-1].activation == "sigmoid":
            yield Loss("binary-cross-entropy", each, over_all)
        if net.layers[-1].activation == "softmax":
            yield Loss("cross-entropy", each, over_all)


def _constant(binder: Binder, columns: Mapping[str, Column]) -> frozenset[str]:
    """Return the leaves whose value can't differ between rows."""
    found = set(binder.scalars.values())
    updated = any(
        not all(_steady(n, group) for group in c.groups) for n, c in columns.items() if n[0] == "w"
    )
    for name, column in columns.items():
        if name[0] in "it" or name[0] == "b" or (name[0] == "w" and not updated):
            steady = all(_steady(name, group) for group in column.groups)
            if steady and len(column.typed_values) <= 1 and len(binder.table.rows) > 1:
                found.add(name)
    return frozenset(found)


def _has(names: set[str], name: str) -> bool:
    return any(plain(one) == name for one in names)


def _steady(name: str, group: Group) -> bool:
    """Whether cells repeat their quantity from another row, or fetch one cell from elsewhere."""
    tree = group.tree
    if isinstance(tree, Symbol):
        return tree.name == name
    if tree is None:
        return len(group.rows) == 1  # a start value by a formula that can't be followed
    return not symbols(tree) and len(set(walk(tree)) - {tree}) == 0


@dataclass
class _Scorer:
    """Counts how many columns agree with a candidate's truth."""

    binder: Binder
    columns: Mapping[str, Column]
    constant: frozenset[str]

    @property
    def settings_in_cells(self) -> bool:
        return any(name in SETTING_NAMES for name in self.binder.scalars.values())

    def probes(self, net: Net, convention: Convention, rate: float | None) -> list[Probe]:
        return [
            Probe(
                net,
                seed,
                self.constant,
                rate,
                convention,
                self.binder.place_value,
                settings_in_cells=self.settings_in_cells,
            )
            for seed in range(100, 100 + _TRIALS)
        ]

    def score(
        self, net: Net, names: Iterable[str], convention: Convention, rate: float | None
    ) -> int:
        probes = self.probes(net, convention, rate)
        count = 0
        for name in names:
            groups = self.columns[name].groups
            if not groups or groups[0].tree is None or name not in probes[0].point(0):
                continue
            count += agrees(groups[0].tree, lambda p, n=name: p.point(0)[n], probes)  # type: ignore[misc]
        return count

    def rate(self, net: Net, convention: Convention) -> float | None:
        """Return the rate that most updates use as a written number."""
        probes = self.probes(net, convention, 1.0)
        votes: dict[float, int] = {}
        for name in (*net.weights, *net.biases):
            column = self.columns.get(name)
            tree = column.groups[0].tree if column and column.groups else None
            if tree is None:
                continue
            rates = []
            for probe in probes:
                value, before = probe.value(tree), probe.point(-1)
                step = before[name] - before[f"{name}_new"]
                rates.append((before[name] - value) / step if value is not None and step else 0.0)
            if rates[0] and all(same(rates[0], one) for one in rates):
                # Rounded, so that one rate seen through two formulas counts as one.
                key = float(f"{rates[0]:.10g}")
                votes[key] = votes.get(key, 0) + 1
        return max(votes, key=lambda one: votes[one]) if votes else None
