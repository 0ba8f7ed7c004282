"""`--at TIME` and the words of an instant. A time without a zone is one of China: UTC+8 all year since 1991."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

from firmware.attest.times import CHINA, spoken_time
from firmware.model import Moment
from firmware.refusal import ExitCode, Refusal

NOON: Final = time(12)
_DATE_CHARACTERS: Final = len("2026-06-11")


class BadTimeError(Refusal):
    """--at is not a time."""

    exit_code = ExitCode.USAGE


def parse_at(text: str) -> tuple[Moment, str | None]:
    """The exact moment that the text names, and what was assumed about it (None when it said everything).

    A date alone means noon of that day in China. Raises BadTimeError.
    """
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _refused(text) from None
    assumed = None
    if len(text.strip()) <= _DATE_CHARACTERS:
        at = datetime.combine(at.date(), NOON)
    if at.tzinfo is None:
        at = at.replace(tzinfo=CHINA)
        assumed = f"--at {text}: taken as {at.isoformat()} (Asia/Shanghai)"
    try:
        utc_s = at.timestamp()
    except (OverflowError, ValueError):
        raise _refused(text) from None
    if utc_s < 0:
        raise _refused(text)
    return Moment.exactly(utc_s), assumed


def spoken(moment: Moment) -> str:
    """ISO 8601 with China's offset, to the second: the instant that verdicts were made for."""
    return spoken_time(moment.utc_s)


def _refused(text: str) -> BadTimeError:
    return BadTimeError(
        f"--at {text[:40]!r}: not a time from 1970 on", "write 2026-06-11, 2026-06-11T14:30 or 2026-06-11T06:30:00Z"
    )
