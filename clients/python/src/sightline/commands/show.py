"""Prints what was found: as a table for people, as JSON or CSV for programs."""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from rich.console import Console
from rich.table import Table

from sightline.models import Analysis

COLUMNS = ("id", "created", "state", "found")
WORDS = 5


class Format(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"


def rows(
    form: Format, columns: Sequence[str], lines: Iterable[Sequence[str]], raw: Iterable[Any]
) -> None:
    """`lines` as a table or CSV, or `raw` as JSON, a line each."""
    if form is Format.json:
        for one in raw:
            sys.stdout.write(json.dumps(one, ensure_ascii=False) + "\n")
    elif form is Format.csv:
        csv_line(columns)
        for line in lines:
            csv_line(line)
    else:
        table = Table(box=None, pad_edge=False)
        for number, column in enumerate(columns):
            table.add_column(column, no_wrap=number == 0, overflow="fold")
        for line in lines:
            table.add_row(*line)
        Console(markup=False, highlight=False).print(table)


def csv_line(cells: Sequence[str]) -> None:
    csv.writer(sys.stdout, lineterminator="\n").writerow([_harmless(cell) for cell in cells])


def _harmless(cell: str) -> str:
    """A spreadsheet takes what begins so for a formula (OWASP, "CSV Injection")."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def analyses(form: Format, found: Sequence[Analysis]) -> None:
    rows(form, COLUMNS, map(line_of, found), found)


def line_of(analysis: Analysis) -> tuple[str, str, str, str]:
    return analysis["id"], analysis["created_at"][:19], analysis["status"], what(analysis)


def what(analysis: Analysis) -> str:
    """What was found, or what went wrong, in a few words."""
    if (error := analysis["error"]) is not None:
        return f"{error['code']}: {error['detail']}"
    if analysis.get("summary") is None and analysis["result"] is None:
        return ""
    faces, lines, codes, labels = _found(analysis)
    counted = [("face", faces), ("line of text", lines), ("code", codes)]
    parts = [f"{count} {_plural(name, count)}" for name, count in counted if count]
    return ", ".join([*parts, *labels[:WORDS]]) or "nothing"


def _found(analysis: Analysis) -> tuple[int, int, int, list[str]]:
    """Faces, lines of text, codes and labels: of the summary, which systems before 2.0 have not."""
    if (summary := analysis.get("summary")) is not None:
        return summary["faces"], summary["text_lines"], summary["codes"], summary["labels"]
    result = analysis["result"]
    assert result is not None, "one of both is there"
    labels = [label["name"] for label in result["labels"]]
    return len(result["faces"]), len(result["text"]), len(result["codes"]), labels


def _plural(name: str, count: int) -> str:
    first, space, rest = name.partition(" ")
    return name if count == 1 else f"{first}s{space}{rest}"


def as_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
