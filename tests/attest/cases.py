"""Verdicts of a made-up world, as cases for receipts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from firmware.attest.facts import Case, FileSource
from firmware.model import Moment, Scan
from firmware.profiles import load_profile
from firmware.verify.verifier import verify
from tests.world import MARK, NOW, World, text

WORLD = World()
VIEW = WORLD.trust()
INSURER = load_profile("insurer")
MOMENT = Moment.exactly(float(NOW))
FILE = FileSource("IMG_2041.png", None, "cd" * 32)


def case_of(document: dict[int, Any] | None = None, *, payload: bytes | None = None, **changes: Any) -> Case:
    """A live view of this document, or of these bytes, judged at an insurer's post."""
    shown = text(WORLD.credential(document or MARK)) if payload is None else payload
    verdict = verify(Scan(shown, "zxing", 0.0, reads=2), VIEW, MOMENT, INSURER)
    return replace(Case(verdict, shown, INSURER, VIEW, MOMENT, MOMENT), **changes)
