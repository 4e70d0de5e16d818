"""A report as plain data, for `--json` and for grading scripts."""

from typing import Any

from tinydrill.backprop.sheetcheck.verdicts import FileReport, Finding, TableReport


def file_document(report: FileReport) -> dict[str, Any]:
    """Return a file's report as JSON types."""
    return {
        "file": report.path,
        "verdict": str(report.verdict),
        "reason": report.reason,
        "notes": list(report.notes),
        "sheets_without_table": list(report.empty_sheets),
        "tables": [_table(table) for table in report.tables],
    }


def _table(table: TableReport) -> dict[str, Any]:
    net = table.net
    return {
        "sheet": table.sheet,
        "table": table.label,
        "verdict": str(table.verdict),
        "reason": table.reason,
        "network": None
        if net is None
        else {
            "widths": list(net.widths),
            "activations": [layer.activation for layer in net.layers],
            "biases": list(net.biases),
            "loss": table.loss,
            "wiring": {unit.name: list(unit.weights) for unit in net.units},
        },
        "gradient_columns_hold": table.convention,
        "rate": table.rate or table.cells.get("lr", ""),
        "columns": {
            name: {"column": letters, "header": header}
            for name, (letters, header) in table.columns.items()
        },
        "cells": dict(table.cells),
        "checked": dict(table.checked),
        "unchecked": table.unchecked,
        "findings": [_finding(finding) for finding in table.findings],
        "stale": [
            {"cell": one.cell, "stored": one.stored, "calculated": one.calculated}
            for one in table.stale
        ],
        "notes": list(table.notes),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "sheet": finding.sheet,
        "quantity": finding.quantity,
        "header": finding.header,
        "kind": finding.kind,
        "cells": finding.cells,
        "count": finding.count,
        "mistake": finding.mistake,
        "words": finding.words,
        "formula": finding.formula,
        "should_be": finding.should_be,
        "value": finding.value,
        "right_value": finding.right_value,
        "sentence": finding.sentence,
    }
