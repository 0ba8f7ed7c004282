"""What a commissioning record says, and its file: signed canonical JSON, `{"record", "signature"}` and a newline.

Figures are whole numbers with their unit in their name, because the canonical form (RFC 8785 without fractions) has no other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from firmware.ledger.device import DeviceKey
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.note import NoteKey
from firmware.ledger.signed import InRow, read, require_signature, sign, signer_of

FORMAT: Final = "yanma-commissioning/1"
MAX_RECORD_BYTES: Final = 32 * 1024
MAX_LINES: Final = 40
MAX_FIGURES: Final = 20
MAX_TEXT: Final = 400
_CONTEXT: Final = b"yanma commissioning 1\n"
_MEMBERS: Final = frozenset({"record"})
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
#: Members of the record that hold texts alone, and which.
_TEXTS: Final = (
    ("device", ("firmware", "id", "key")),
    ("terminal", ("environment", "id", "lane", "profile")),
)
_LINE: Final = frozenset({"name", "outcome", "why", "evidence", "figures"})
_BODY: Final = frozenset(
    {"format", "number", "previous", "device", "terminal", "config", "made", "attended", "lines", "baseline"}
)


class CommissioningError(LedgerDamagedError):
    """A commissioning record that does not hold."""


class Outcome(StrEnum):
    """What one line of a self-test found. Three answers: SKIP says that the question could not be put, and `Why`."""

    PASS = "PASS"  # noqa: S105 - a verdict on a part, not a password
    FAIL = "FAIL"
    SKIP = "SKIP"


class Why(StrEnum):
    """Why a line was skipped."""

    NOT_FITTED = "not-fitted"
    NOT_CONFIRMED = "not-confirmed"  # nobody was there to say so


Figures = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `why` is given for SKIP and for nothing else; `figures` are what was measured, with units in the names."""

    name: str
    outcome: Outcome
    evidence: str
    why: Why | None = None
    figures: Figures | None = None

    @property
    def good(self) -> bool:
        """Not failed, and not skipped for want of a person: what is not fitted cannot fail."""
        return self.outcome is not Outcome.FAIL and self.why is not Why.NOT_CONFIRMED

    @property
    def fields(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "outcome": self.outcome.value,
            "why": "" if self.why is None else self.why.value,
            "evidence": self.evidence[:MAX_TEXT],
            "figures": dict(self.figures or {}),
        }


@dataclass(frozen=True, slots=True)
class CommissioningRecord(InRow):
    """A record whose signature held under the key that it names."""

    @property
    def lane(self) -> str:
        return str(self.body["terminal"]["lane"])

    @property
    def made_s(self) -> int | None:
        """UTC seconds; None when the time was not known."""
        made = self.body["made"]
        return None if made["utc_s"] is None else int(made["utc_s"])

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(
            Line(
                one["name"],
                Outcome(one["outcome"]),
                one["evidence"],
                Why(one["why"]) if one["why"] else None,
                one["figures"],
            )
            for one in self.body["lines"]
        )

    @property
    def baseline(self) -> Figures:
        """What later figures are compared with."""
        found: Figures = self.body["baseline"]
        return found


def seal(body: dict[str, Any], key: DeviceKey) -> CommissioningRecord:
    """The record of this body, signed. Raises LedgerDamagedError when the body is not in form."""
    return parse(sign({"record": body}, key, _CONTEXT))


def parse(content: bytes, key: NoteKey | None = None) -> CommissioningRecord:
    """The record, to its last byte. Raises LedgerDamagedError unless it is in its one form and signed by the key it names.

    With `key` it must be that one: a record of another device says nothing of this one.
    """
    said = read(content, _MEMBERS, MAX_RECORD_BYTES)
    body = _body(said["record"])
    signer = signer_of(body["device"])
    if key is not None and signer != key:
        raise CommissioningError(f"signed by {signer.text}, expected {key.text}")
    require_signature(said, signer, _CONTEXT)
    return CommissioningRecord(body, content)


def _body(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict) or set(body) != _BODY or body["format"] != FORMAT:
        raise CommissioningError(f"not a commissioning record of the form {FORMAT}")
    for member, names in _TEXTS:
        held = body[member]
        if not isinstance(held, dict) or set(held) != set(names) or not all(_text(held[name]) for name in names):
            raise CommissioningError(f"a record whose {member} is not {', '.join(names)}")
    if not _whole(body["number"], 1) or not isinstance(body["attended"], bool):
        raise CommissioningError("a record without its number, or that does not say whether somebody was there")
    if not _digest(body["config"]) or not (body["previous"] == "" or _digest(body["previous"])):
        raise CommissioningError("a record whose digests are none")
    _require_made(body["made"])
    lines = body["lines"]
    if not isinstance(lines, list) or not 1 <= len(lines) <= MAX_LINES or not all(_line(line) for line in lines):
        raise CommissioningError("a record whose lines are not in form")
    if len({line["name"] for line in lines}) < len(lines):
        raise CommissioningError("a record with two lines of one name")
    if not _figures(body["baseline"]):
        raise CommissioningError("a record whose baseline is not figures")
    return body


def _require_made(made: Any) -> None:
    if not isinstance(made, dict) or set(made) != {"utc_s", "clock", "doubt_s"} or not _text(made["clock"]):
        raise CommissioningError("a record that does not say when it was made")
    if not all(made[name] is None or _whole(made[name], 0) for name in ("utc_s", "doubt_s")):
        raise CommissioningError("a record made at no time")


def _line(line: Any) -> bool:
    if not isinstance(line, dict) or set(line) != _LINE:
        return False
    texts = all(_text(line[name]) for name in ("name", "outcome", "why", "evidence"))
    if not texts or not _NAME.fullmatch(line["name"]) or line["outcome"] not in set(Outcome):
        return False
    whys = set(Why) if line["outcome"] == Outcome.SKIP else {""}
    return line["why"] in whys and _figures(line["figures"])


def _figures(figures: Any) -> bool:
    return (
        isinstance(figures, dict)
        and len(figures) <= MAX_FIGURES
        and all(_NAME.fullmatch(name) and type(value) is int for name, value in figures.items())
    )


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _digest(value: Any) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _whole(value: Any, least: int) -> bool:
    return type(value) is int and value >= least
