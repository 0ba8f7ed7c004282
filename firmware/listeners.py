"""Those who hear what happened: plain lines for a pipe, JSON for a program, the log for the person in the field.

None of them may hold up the loop: a line is written at once or not at all, and an ended reader is simply left.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, TextIO

from firmware.display.signals import shown_family
from firmware.events import Fault
from firmware.model import ClockLevel, Reason
from firmware.ports import Told
from firmware.state import CHINA

Fields = Mapping[str, str | int | float | bool | None]

_log = logging.getLogger("yanma")

#: Events worth a line to a person who watches; all others are for the log and for programs.
_SAID: Final = {
    "scene": "--- {caption}",
    "scanner-down": "!   scanner: {why}",
    "trust-refused": "!   trust: {what}; {next_step}",
    "receipt": "    receipt: {code}",
    "late": "!   补报 {count}: passes of the last day that the new lists refuse",
    "gate-granted": "    gate: granted",
    "gate-withheld": "    gate: withheld, {why}",
    "gate-opened": "    gate: opened",
    "gate-opened-by-hand": "    gate: opened by hand",
    "gate-passed": "    gate: passed",
    "gate-timed-out": "    gate: {why}",
    "gate-failed": "!   gate: {why}",
}
_WARNINGS: Final = frozenset({"scanner-down", "late", "trust-refused", "gate-failed", "gate-timed-out"})


class _Writer:
    """Writes lines until the reader goes away."""

    def __init__(self, out: TextIO, *, owned: bool) -> None:
        self._out = out
        self._owned = owned
        self._gone = False

    def line(self, text: str) -> None:
        if self._gone:
            return
        try:
            self._out.write(text + "\n")
            self._out.flush()
        except (OSError, ValueError):  # a closed pipe, a full disk, a closed file
            self._gone = True

    def close(self) -> None:
        if self._owned and not self._gone:
            self._out.close()


class Lines:
    """One line a verdict, in words: 14:30:02 GO VALID 有效 京A12345 核对车身 准予放行 (31 ms)."""

    def __init__(self, out: TextIO, say: Callable[[str], None] | None = None) -> None:
        """`say` takes the lines of the run, where `out` is not for them: a window in use. The summary goes to `out`."""
        self._writer = _Writer(out, owned=False)
        self._say = say or self._writer.line

    def verdict(self, told: Told) -> None:
        notice = told.notice
        # What the screen keeps discreet, a line keeps too.
        reason = "" if told.verdict.reason is Reason.WANTED else f" {told.verdict.reason}"
        words = " ".join(word for word in (notice.headline, notice.detail, notice.footer) if word)
        self._say(f"{_clock(told)} {shown_family(told.verdict)}{reason} {words} ({told.elapsed_ms:.0f} ms)")

    def event(self, name: str, fields: Fields) -> None:
        if name == "service" and fields.get("fault") not in (None, Fault.STARTING.number):
            self._say(f"!   out of service: {fields['fault']}")
        elif name == "summary":
            self._writer.line(summary_line(fields))
        elif name in _SAID:
            self._say(_SAID[name].format_map(dict(fields)))

    def close(self) -> None:
        self._writer.close()


class JsonLines:
    """One JSON object a line. Holds no plate, no name, no payload and no credential id."""

    def __init__(self, out: TextIO, *, owned: bool) -> None:
        self._writer = _Writer(out, owned=owned)

    def verdict(self, told: Told) -> None:
        verdict = told.verdict
        self._write(
            {
                "event": "verdict",
                "time": _iso(told.moment.utc_s),
                "clock": told.moment.level,
                "family": verdict.family,
                "reason": verdict.reason,
                "word": verdict.facts.word,
                "kind": verdict.facts.kind,
                "way": verdict.facts.way,
                "code_age_s": verdict.ages.code_s,
                "status_age_s": verdict.ages.status_s,
                "trust_version": verdict.trust_version,
                "rules_version": verdict.rules_version,
                "error": verdict.facts.error,
                "elapsed_ms": round(told.elapsed_ms, 1),
            }
        )

    def event(self, name: str, fields: Fields) -> None:
        self._write({"event": name, **fields})

    def close(self) -> None:
        self._writer.close()

    def _write(self, fields: Fields) -> None:
        self._writer.line(json.dumps(fields, ensure_ascii=False))


class Journal:
    """State changes and verdict codes for the log; never what identifies anybody."""

    def verdict(self, told: Told) -> None:
        verdict = told.verdict
        _log.info("verdict %s %s in %.0f ms", verdict.family, verdict.reason, told.elapsed_ms)

    def event(self, name: str, fields: Fields) -> None:
        troubled = name in _WARNINGS or fields.get("fault") not in (None, Fault.STARTING.number)
        level = logging.WARNING if troubled else logging.INFO
        _log.log(level, "%s", " ".join([name, *(f"{key}={value}" for key, value in fields.items())]))

    def close(self) -> None:
        return


def summary_line(fields: Fields) -> str:
    """The last line of a run."""
    families = " ".join(f"{name[7:]} {count}" for name, count in fields.items() if name.startswith("family "))
    parts = [f"{fields['verdicts']} verdicts" + (f": {families}" if families else "")]
    if "median_ms" in fields:
        parts.append(f"median {fields['median_ms']} ms")
    if "p95_ms" in fields:
        parts.append(f"p95 {fields['p95_ms']} ms")
    if fields["granted"]:
        parts.append(f"gate opened for {fields['granted']}")
    if fields["ledger_errors"]:
        parts.append(f"{fields['ledger_dropped']} not kept in the ledger")
    if "receipts" in fields:
        lost = f", {fields['receipts_dropped']} not made" if fields["receipts_dropped"] else ""
        parts.append(f"{fields['receipts']} receipts{lost}")
    return "=== " + ", ".join(parts)


def _clock(told: Told) -> str:
    if told.moment.level in (ClockLevel.T0, ClockLevel.T1):
        return "--:--:--"
    return datetime.fromtimestamp(told.moment.utc_s, UTC).astimezone(CHINA).strftime("%H:%M:%S")


def _iso(utc_s: float) -> str:
    return datetime.fromtimestamp(utc_s, UTC).isoformat(timespec="milliseconds")
