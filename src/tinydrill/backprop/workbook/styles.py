"""Colours and number formats, the same on every sheet."""

from typing import Any

from tinydrill.backprop.workbook.columns import Kind

COLOURS: dict[Kind, str] = {
    "given": "#E8EAED",
    "weight": "#D6E4F5",
    "forward": "#E3F1E1",
    "error": "#FBE3D6",
    "delta": "#EFE3F5",
    "gradient": "#FFF1C9",
    "state": "#EDE7DC",
}
"""Background of a heading, by what the column holds."""

KINDS: dict[Kind, str] = {
    "given": "given: targets and inputs",
    "weight": "weights and biases",
    "forward": "forwards: sums and what units pass on",
    "error": "errors",
    "delta": "δ, computed once and used again",
    "gradient": "gradients",
    "state": "the optimiser's memory",
}

LINES = ("#1F5FA8", "#C8551B", "#3C8C3F", "#7B4FA3", "#B8860B", "#B0305C")
"""Chart colours, told apart by people who see colours differently, too."""


class Styles:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Any) -> None:
        def style(**properties: object) -> Any:
            return book.add_format({"font_name": "Calibri", "font_size": 11, **properties})

        edge = {"border": 1, "border_color": "#C3CCD6"}
        self.title = style(bold=True, font_size=16, font_color="#1D2733")
        self.part = style(bold=True, font_size=12, font_color="#1F5FA8")
        self.text = style(text_wrap=True, valign="top")
        self.line = style(valign="top")
        self.code = book.add_format(
            {"font_name": "Consolas", "font_size": 10, "text_wrap": True, "valign": "top"}
        )
        self.bold = style(bold=True)
        self.head = style(bold=True, align="center", bg_color="#E8EAED", **edge)
        self.heads: dict[Kind, Any] = {
            kind: style(bold=True, align="center", bg_color=colour, **edge)
            for kind, colour in COLOURS.items()
        }
        self.input = style(
            font_color="#0B3D91", bg_color="#FFFBE0", num_format="0.0#########", **edge
        )
        self.pick = style(bold=True, font_color="#0B3D91", bg_color="#FFFBE0", align="left", **edge)
        self.count = style(num_format="0", align="center")
        self.link = style(font_color="#1F5FA8", underline=1)
        self.rate = style(num_format="0.0#########", **edge)
        self.number = style(num_format="0.000000")
        self.numbers: dict[Kind, Any] = {
            "given": style(num_format="0.0#####"),
            "weight": style(num_format="0.000000"),
            "forward": style(num_format="0.000000"),
            "error": style(num_format="0.00000000", bold=True),
            "delta": style(num_format="0.00000000"),
            "gradient": style(num_format="0.00000000"),
            "state": style(num_format="0.00000000"),
        }
        self.tiny = style(num_format="0.00E+00")
        self.verdict = style(bold=True, align="center")
        self.good = style(bg_color="#CDEBC8", font_color="#1B5E20")
        self.bad = style(bg_color="#F8C7C0", font_color="#9B1C0F")
