"""The trust folders of the pack: what a reader is given to believe, at each of the times at which vectors are judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from firmware.verify.wire import RULES_TYPE, TRUST_TYPE, Claim, Status, TrustField
from issuer.cose import Map, Value
from issuer.dates import DAY_S
from issuer.keys import ALGORITHMS, ENVIRONMENT
from issuer.publish import anchor_toml, key_record, pack_states, signed, status_cwt
from issuer.rulebook import Exceptions, rules_body
from issuer.vectors import signers
from issuer.vectors.case import MAIN
from issuer.vectors.papers import LIFTED_INDEX, LIST_SIZE, REVOKED_SINCE_INDEX, STATE_INDEX, STATUS_LIST
from issuer.vectors.png import stored
from issuer.vectors.states import LIST_AGE_S
from issuer.vectors.times import NOW_S, OCTOBER_S, SPRING_S, THEN_S, YEAR_2027_S, iso_day

_YEAR_S: Final = 365 * DAY_S
_VERSION: Final = 1
#: Working days of 2026 as the State Council published them; frozen here, so that the pack never changes with a library.
_OFF: Final = (
    "01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25 10-01 10-02 10-05 10-06 10-07"
)
_WORKED: Final = "01-04 02-14 02-28 05-09 09-20 10-10"
_CALENDAR_YEAR: Final = 2026

_STATES: Final = {STATE_INDEX + state: state for state in range(16)}
_TODAYS: Final[Mapping[int, int]] = _STATES | {REVOKED_SINCE_INDEX: Status.INVALID}
_OLDER: Final[Mapping[int, int]] = _STATES | {LIFTED_INDEX: Status.SUSPENDED}


@dataclass(frozen=True, slots=True)
class Lists:
    """One folder: when its trust list was made, and its status lists by file name."""

    at_s: int
    lists: Mapping[str, tuple[int, Mapping[int, int]]]  # file name -> when made, what it says


def _usual(at_s: int) -> Lists:
    return Lists(at_s, {f"{STATUS_LIST}.cwt": (at_s - LIST_AGE_S, _TODAYS)})


FOLDERS: Final[Mapping[str, Lists]] = {
    MAIN: _usual(NOW_S),
    "trust-history": Lists(
        NOW_S,
        {
            f"{STATUS_LIST}.cwt": (NOW_S - LIST_AGE_S, _TODAYS),
            f"{STATUS_LIST}-older.cwt": (THEN_S - LIST_AGE_S, _OLDER),
        },
    ),
    "trust-spring": _usual(SPRING_S),
    "trust-october": _usual(OCTOBER_S),
    "trust-2027": _usual(YEAR_2027_S),
}


def trust_files() -> Iterable[tuple[str, bytes]]:
    """Path and content of every file below the pack that a reader believes."""
    for name, lists in FOLDERS.items():
        anchor = signers.key(signers.ANCHOR)
        algorithm = ALGORITHMS[anchor.alg].name
        yield f"{name}/anchors/{signers.ANCHOR}.toml", anchor_toml(signers.ANCHOR, algorithm, anchor).encode()
        yield f"{name}/trust.cwt", _trust(lists.at_s)
        yield f"{name}/rules.cwt", _rules(lists.at_s)
        for file, (made_s, states) in lists.lists.items():
            entries = pack_states(states, LIST_SIZE, lambda _index: Status.VALID)
            yield (
                f"{name}/status/{file}",
                status_cwt(signers.listed(signers.LISTER), STATUS_LIST, entries, made_s, stored),
            )


def _trust(at_s: int) -> bytes:
    """The keys' dates count from NOW in every folder: a key is the same key at any time."""
    records: list[Value] = [key_record(plan, key, NOW_S) for plan, key in signers.trust_pairs()]
    body: Map = {TrustField.VERSION: _VERSION, TrustField.ENVIRONMENT: ENVIRONMENT, TrustField.KEYS: records}
    claims: Map = {Claim.EXP: at_s + _YEAR_S, Claim.IAT: at_s - LIST_AGE_S, Claim.TRUST: body}
    return signed(signers.key(signers.ANCHOR), TRUST_TYPE, claims)


def _rules(at_s: int) -> bytes:
    off, worked = ([iso_day(f"{_CALENDAR_YEAR}-{day}") for day in days.split()] for days in (_OFF, _WORKED))
    calendar: Exceptions = {_CALENDAR_YEAR: [list(off), list(worked)]}
    claims: Map = {
        Claim.EXP: at_s + _YEAR_S,
        Claim.IAT: at_s - LIST_AGE_S,
        Claim.RULES: rules_body(_VERSION, calendar),
    }
    return signed(signers.key(signers.ANCHOR), RULES_TYPE, claims)
