"""The chain rule as templates: δ of each unit, the gradient of each weight, its paths in words."""

from tinydrill.backprop.problem import LEAKY_SLOPE, Names, Problem, of_sample


def ends_in_softmax(problem: Problem) -> bool:
    """Whether the outputs are mixed, so that every error depends on every output's sum."""
    return problem.layers[-1].activation == "softmax"


def deltas(problem: Problem, names: Names) -> dict[str, str]:
    """dE/do and dE/dh of each unit and sample, output layer first."""
    found: dict[str, str] = {}
    last = len(names.layers) - 1
    for depth in range(last, -1, -1):
        for sample in names.samples:
            for k, h in enumerate(names.layers[depth].sums):
                name = of_sample(h, sample)
                if depth == last:
                    found[name] = _output_delta(problem, k, sample)
                    continue
                above = names.layers[depth + 1]
                inline = last == 1 and len(names.samples) == 1 and not ends_in_softmax(problem)
                terms = "+".join(
                    (found[of_sample(z, sample)] if inline else f"{{dE/d{of_sample(z, sample)}}}")
                    + f"*{{{row[k]}}}"
                    for z, row in zip(above.sums, above.weights, strict=True)
                )
                found[name] = f"({terms}){_slope(problem, depth, k, sample)}"
    return found


def _output_delta(problem: Problem, k: int, sample: int | None) -> str:
    outputs = problem.widths[-1]
    pairs = [
        (f"{{{of_sample(f't{j}', sample)}}}", f"{{{of_sample(f'a_o{j}', sample)}}}")
        for j in range(1, outputs + 1)
    ]
    share = f"/{len(problem.samples)}" if len(problem.samples) > 1 else ""
    scale = f"*2/{outputs}" if problem.loss == "mean-squared" else ""
    t, a = pairs[k]
    if not ends_in_softmax(problem):
        if problem.loss == "cross-entropy":  # (−t/a + (1 − t)/(1 − a))·a·(1 − a)
            return f"({a}-{t}){share}"
        return f"({a}-{t}){scale}{_slope(problem, len(problem.layers) - 1, k, sample)}{share}"
    if problem.loss == "cross-entropy":  # Σⱼ −tⱼ/aⱼ·∂aⱼ/∂oₖ = aₖ·Σⱼ tⱼ − tₖ
        return f"({a}*({'+'.join(other for other, _ in pairs)})-{t}){share}"
    mixed = "+".join(f"({b}-{s})*{b}" for s, b in pairs)
    return f"{a}*(({a}-{t})-({mixed})){scale}{share}"


def _slope(problem: Problem, depth: int, k: int, sample: int | None) -> str:
    """∂a/∂h of a unit, ready to be multiplied; not for softmax, which mixes units."""
    called = Names(problem).layers[depth]
    h = f"{{{of_sample(called.sums[k], sample)}}}"
    a = f"{{{of_sample(called.outputs[k], sample)}}}"
    return {
        "sigmoid": f"*{a}*(1-{a})",
        "tanh": f"*(1-{a}*{a})",
        "relu": f"*IF({h}>0,1,0)",
        "leaky-relu": f"*IF({h}>0,1,{LEAKY_SLOPE})",
        "linear": "",
    }[problem.layers[depth].activation]


def gradients(names: Names, units: dict[str, str]) -> dict[str, str]:
    """dE/dw and dE/db as templates, weights first, from the δ of each unit (``units``)."""
    weights: dict[str, list[str]] = {}
    biases: dict[str, list[str]] = {}
    signals = names.inputs
    for called in names.layers:
        for k, (h, row) in enumerate(zip(called.sums, called.weights, strict=True)):
            for sample in names.samples:
                delta = units[of_sample(h, sample)]
                for w, signal in zip(row, signals, strict=True):
                    weights.setdefault(w, []).append(f"{delta}*{{{of_sample(signal, sample)}}}")
                for bias in called.biases[k : k + 1]:
                    biases.setdefault(bias, []).append(delta)
        signals = called.outputs
    return {name: "+".join(terms) for name, terms in {**weights, **biases}.items()}


def paths_in_words(names: Names, weight: str) -> str:
    """The paths of one sample from a weight to E_TOTAL; their number only, if they are many."""
    if ends_in_softmax(names.problem):
        return ""
    paths: list[list[str]] = []
    for called in names.layers:
        if paths:
            paths = [[*path, z, f"a_{z}"] for path in paths for z in called.sums]
        units = zip(called.sums, called.weights, called.biases or called.sums, strict=True)
        for z, row, bias in units:
            if weight in (*row, bias):
                paths.append([weight, z, f"a_{z}"])
    if len(paths) > 4:
        return f": {len(paths)} paths"
    ways = [" → ".join([*path, f"E{path[-1].removeprefix('a_o')}"]) for path in paths]
    return f": {'1 path' if len(ways) == 1 else f'{len(ways)} paths'}, {'; '.join(ways)}"
