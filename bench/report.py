"""How every benchmark says its figures: tables for people, and the same as JSON when asked."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

Row = Mapping[str, float | str]


def emit(name: str, rows: Sequence[Row], json_file: str | None) -> None:
    """Prints `rows` as one table under the machine's name; writes them to `json_file` if one is named."""
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    print(f"{name} on {machine}")
    _print_rows(rows)
    if json_file:
        _write(json_file, {"bench": name, "machine": machine, "rows": [dict(row) for row in rows]})


def emit_tables(name: str, tables: Sequence[tuple[str, Sequence[Row]]], json_file: str | None) -> None:
    """The same for several tables, each with its title."""
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    print(f"{name} on {machine}")
    for title, rows in tables:
        print(f"\n{title}")
        _print_rows(rows)
    if json_file:
        found = {title: [dict(row) for row in rows] for title, rows in tables}
        _write(json_file, {"bench": name, "machine": machine, "tables": found})


def _print_rows(rows: Sequence[Row]) -> None:
    columns = list(rows[0])
    cells = [columns, *([str(row[column]) for column in columns] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    for line in cells:
        pairs = zip(line, widths, strict=True)
        print("  ".join(text.rjust(width) if place else text.ljust(width) for place, (text, width) in enumerate(pairs)))


def _write(file: str, report: object) -> None:
    Path(file).write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
