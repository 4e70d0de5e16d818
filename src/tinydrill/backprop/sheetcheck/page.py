"""The report as one self-contained HTML page: no scripts, nothing fetched."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from tempfile import NamedTemporaryFile

from tinydrill.backprop.sheetcheck.drawing import draw
from tinydrill.backprop.sheetcheck.told import checked_words, columns_words, net_words
from tinydrill.backprop.sheetcheck.verdicts import FileReport, Finding, TableReport
from tinydrill.errors import UnusableInputError

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2430;--dim:#5c6675;--line:#c9d0da;--paper:#fff;
--soft:#f4f6f9;--bad:#c0262d;--good:#1a7f45;--unsure:#946200}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf2;--dim:#a3adba;--line:#465061;--paper:#151a21;
--soft:#1f2630;--bad:#ff7b7f;--good:#5cd28c;--unsure:#f0bc55}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;
margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin:2.5rem 0 .3rem}
h3{font-size:1rem;margin:1.5rem 0 .3rem}p{margin:.3rem 0}.dim{color:var(--dim);font-size:.9rem}
.verdict{display:inline-block;padding:0 .6em;border-radius:1em;border:2px solid;font-size:.85em;
font-weight:600;white-space:nowrap}
.right{color:var(--good)}.wrong{color:var(--bad)}.unsure{color:var(--unsure)}
.scroll{overflow-x:auto}svg{max-width:100%;height:auto;margin:1rem 0}
line.edge{stroke:var(--line);stroke-width:2}line.bad{stroke:var(--bad);stroke-width:4}
circle.unit{fill:var(--soft);stroke:var(--dim);stroke-width:2}
circle.bad{stroke:var(--bad);stroke-width:4}
svg text{font:14px system-ui,sans-serif;text-anchor:middle;fill:var(--ink)}
svg text.edge{fill:var(--dim);paint-order:stroke;stroke:var(--paper);stroke-width:5px}
svg text.bad{fill:var(--bad);font-weight:700}
.finding{border-left:4px solid var(--bad);background:var(--soft);padding:.6rem 1rem;margin:.8rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:.5rem 0 0}
dt{color:var(--dim)}dd{margin:0;min-width:0}code{font:.88em/1.5 ui-monospace,monospace;
overflow-wrap:anywhere}
table{border-collapse:collapse}td,th{border-bottom:1px solid var(--line);padding:.3rem .8rem;
text-align:left}
"""


def write_page(reports: Sequence[FileReport], path: Path) -> None:
    """Write the report of some files; never half written.

    Raises:
        UnusableInputError: the file can't be written.
    """
    page = html_page(reports)
    try:
        with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as stream:
            aside = Path(stream.name)
            stream.write(page)
        aside.chmod(0o644)
        aside.replace(path)
    except OSError as error:
        raise UnusableInputError(f"-o {path}: {error.strerror or error}") from None


def html_page(reports: Sequence[FileReport]) -> str:
    """Return the page."""
    files = "".join(_file(report, k) for k, report in enumerate(reports))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>tinydrill check</title><style>{_STYLE}</style></head><body>"
        "<h1>Is this backpropagation spreadsheet right?</h1>"
        "<p class=dim>Every formula was compared with the true one at random points, so a mistake "
        "that the sheet's own numbers hide shows too.</p>"
        f"{_summary(reports)}{files}</body></html>\n"
    )


def _summary(reports: Sequence[FileReport]) -> str:
    if len(reports) < 2:
        return ""
    rows = "".join(
        f"<tr><td><a href='#f{k}'>{escape(Path(r.path).name)}</a></td><td>{_badge(str(r.verdict))}"
        f"</td><td>{sum(len(table.findings) for table in r.tables)}</td></tr>"
        for k, r in enumerate(reports)
    )
    return (
        f"<div class=scroll><table><tr><th>file</th><th>verdict</th><th>findings</th></tr>{rows}"
        "</table></div>"
    )


def _badge(verdict: str) -> str:
    kind = {"right": "right", "wrong": "wrong"}.get(verdict, "unsure")
    return f'<span class="verdict {kind}">{verdict}</span>'


def _file(report: FileReport, number: int) -> str:
    notes = "".join(f"<p class=dim>{escape(note)}</p>" for note in report.notes)
    reason = f"<p>{escape(report.reason)}</p>" if report.reason else ""
    tables = "".join(_table(table) for table in report.tables)
    empty = ""
    if report.tables and report.empty_sheets:
        empty = f"<p class=dim>no table in: {escape(', '.join(report.empty_sheets))}</p>"
    return (
        f"<section id=f{number}><h2>{escape(report.path)} {_badge(str(report.verdict))}</h2>"
        f"{reason}{notes}{tables}{empty}</section>"
    )


def _table(table: TableReport) -> str:
    lines = [net_words(table), columns_words(table), checked_words(table), *table.notes]
    told = "".join(f"<p class=dim>{escape(line)}</p>" for line in lines if line)
    reason = f"<p>{escape(table.reason)}</p>" if table.reason else ""
    drawing = ""
    if table.net is not None:
        drawing = f"<div class=scroll>{draw(table.net, table.findings)}</div>"
    findings = "".join(_finding(finding) for finding in table.findings)
    stale = ""
    if table.stale:
        first = table.stale[0]
        stale = (
            f"<p class=unsure>{len(table.stale)} stored values don't follow from their formulas: "
            f"{first.cell} shows {escape(first.stored)}, its formula gives "
            f"{first.calculated:.8g}. Open and save the file to recalculate it.</p>"
        )
    return (
        f"<h3>{escape(table.label)} {_badge(str(table.verdict))}</h3>"
        f"{reason}{drawing}{findings}{stale}{told}"
    )


def _finding(finding: Finding) -> str:
    rows = [("is", f"<code>{escape(finding.formula)}</code>")]
    if finding.should_be:
        rows.append(("should be", f"<code class=right>{escape(finding.should_be)}</code>"))
    if finding.how_far:
        rows.append(("gives", escape(finding.how_far)))
    listed = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    return (
        f"<div class=finding><p><b>{escape(finding.cells)}</b> · {escape(finding.quantity)}: "
        f"<b class=wrong>{escape(finding.mistake)}</b>; {escape(finding.words)}</p>"
        f"<dl>{listed}</dl></div>"
    )
