"""The measured tables inside docs/scanner.md: everything between two markers is the bench's own, and is replaced whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.reading.tables import Table

FILE: Final = Path(__file__).parents[2] / "docs" / "scanner.md"
_BEGIN: Final = "<!-- measured: begin (python -m bench.scanner --docs) -->"
_END: Final = "<!-- measured: end -->"


def markdown(table: Table) -> str:
    columns = list(table.rows[0])
    lines = [f"### {table.title}", "", table.says, "", _line(columns), _line(["---"] * len(columns))]
    lines += [_line([str(row[column]) for column in columns]) for row in table.rows]
    return "\n".join(lines) + "\n"


def with_tables(document: str, tables: Sequence[Table], machine: str) -> str:
    """The document with these tables between its markers. Raises ValueError when it has no markers."""
    before, begin, rest = document.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"the document has no {_BEGIN} and {_END}")
    written = "\n".join(markdown(table) for table in tables)
    return f"{before}{_BEGIN}\n\nMeasured on {machine}.\n\n{written}\n{_END}{after}"


def write_tables(tables: Sequence[Table], machine: str, file: Path = FILE) -> None:
    file.write_text(with_tables(file.read_text(encoding="utf-8"), tables, machine), encoding="utf-8")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
