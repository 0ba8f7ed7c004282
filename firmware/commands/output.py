"""Lines on standard output: for people, or one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any


def say(line: str = "") -> None:
    """One line, at once: a batch is read by pipes while it still runs."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def hint(line: str) -> None:
    """A remark for the person, on standard error, so that it never mixes with results."""
    sys.stderr.write(line + "\n")


def say_json(fields: Mapping[str, Any]) -> None:
    """One JSON object on one line. Raises ValueError for infinite numbers: they are not JSON."""
    say(json.dumps(fields, ensure_ascii=False, allow_nan=False))
