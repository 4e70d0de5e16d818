"""What a header means: the many spellings that people use, brought to the project's own names.

`name_of("𝜕E_total/𝜕W1 =")` is `dE/dw1`. Only spellings that leave no doubt are known here; anything
else is no name, and the column is treated as a helper of the columns that use it.
"""

import re
import unicodedata

from tinydrill.backprop.sheetcheck.optimisers import SETTING_NAMES

_NUMBER = r"([1-9]\d{0,2})"
_ERROR = r"(?:e|err|error|loss|l|j|c|cost)"
_TOTAL = r"(?:total|totale|tot|t|sum)?"
_PATTERNS: tuple[tuple[str, str], ...] = (
    (rf"(?:i|x|in|inp|input){_NUMBER}", "i{}"),
    (rf"(?:t|target|y_?true|(?:target|t)o|o?target|expected|desired){_NUMBER}", "t{}"),
    (rf"(?:w|weight|ω){_NUMBER}", "w{}"),
    (rf"(?:b|bias){_NUMBER}", "b{}"),
    (rf"(?:neth|zh|inh|hin|hnet|h|z_?h|sumh){_NUMBER}", "h{}"),
    (rf"(?:neto|zo|ino|oin|onet|o|sumo){_NUMBER}", "o{}"),
    (rf"(?:ah|outh|hout|acth|σh|sigmoidh|sigh|yh|activationh){_NUMBER}", "a_h{}"),
    (rf"(?:ao|outo|oout|acto|σo|sigmoido|sigo|yo|activationo){_NUMBER}", "a_o{}"),
    (rf"h{_NUMBER}out", "a_h{}"),
    (rf"o{_NUMBER}out", "a_o{}"),
    (rf"{_ERROR}o?{_NUMBER}", "E{}"),
    (rf"(?:{_ERROR}{_TOTAL}|total{_ERROR})", "E_total"),
    (rf"m(w|b){_NUMBER}", "m_{}{}"),
    (rf"v(w|b){_NUMBER}", "v_{}{}"),
    (rf"s(w|b){_NUMBER}", "s_{}{}"),
    (r"(?:iterations?|iter|itr|epochs?)", "n"),
    (r"(?:beta|β|momentum)", "beta"),
    (r"(?:beta|β)1", "beta1"),
    (r"(?:beta|β)2", "beta2"),
    (r"(?:epsilon|eps|ε)", "epsilon"),
    (r"(?:lr|η|eta|learningrate|learnrate|rate|alpha|α)", "lr"),
)
_SIMPLE = tuple((re.compile(pattern), meaning) for pattern, meaning in _PATTERNS)
# What a gradient may be taken of: a weight, a bias, or a point on the way to it.
_GRADIENT = re.compile(
    rf"(?:d?{_ERROR}{_TOTAL}/?d/?|d|grad(?:ient)?|g)(?P<of>(?:w|weight|b|bias|ah|ao|outh|outo|h|o|neth|neto){_NUMBER})"
)
_NEXT = re.compile(rf"(?:new|updated|next)?(?P<of>[wb]{_NUMBER})(?P<mark>new|next|updated|\+|'|′)?")


def name_of(header: object) -> str | None:
    """Return the project's name for a header (`i1`, `a_h1`, `E_total`, `dE/dw1`, `lr`), or None."""
    if not isinstance(header, str) or len(header) > 60:
        return None
    # The signs for a difference or a derivative come in many code points; NFKC joins most of them.
    text = unicodedata.normalize("NFKC", header).strip().casefold()
    text = re.sub(r"[∂δ∆∇]", "d", text)
    # `i1 (input)` says what i1 is; other brackets, as in `w1 (new)`, may say that it's another.
    text = re.sub(r"(?<=\d)\s*\((?:inputs?|targets?|weights?|gradients?|hidden|loss)\)", "", text)
    sample = re.search(r"\[([1-9]\d{0,2})\]\s*$", text)
    if sample:  # `h1[2]`: the second sample's h1
        name = name_of(text[: sample.start()])
        return f"{name}[{sample[1]}]" if name else None
    if re.search(r"[=:]\s*\S", text):
        return None  # `h1 = w1*i1` explains, it doesn't head a column
    text = re.sub(r"[\s_{}()\[\]$\\*·.,:=|^-]", "", text)
    if not text:
        return None
    text = text.replace("÷", "/").replace("⁄", "/")
    for pattern, meaning in _SIMPLE:
        found = pattern.fullmatch(text)
        if found:
            return meaning.format(*found.groups())
    gradient = _GRADIENT.fullmatch(text)
    if gradient:
        of = name_of(gradient["of"])
        return f"dE/d{of}" if of else None
    following = _NEXT.fullmatch(text)
    if following:
        return f"{following['of']}_new"
    return None


def kind_of(name: str) -> str:
    """Return input, target, rate, setting, weight, state, forward, loss or gradient."""
    if name == "lr":
        return "rate"
    if name == "n" or name in SETTING_NAMES:
        return "setting"
    if name[1:2] == "_" and name[0] in "mvs":
        return "state"
    if name.startswith("dE/d"):
        return "gradient"
    if name.startswith("E"):
        return "loss"
    if name[0] in "wb":
        return "weight"
    return {"i": "input", "t": "target"}.get(name[0], "forward")
