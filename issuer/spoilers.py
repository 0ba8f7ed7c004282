"""What the defects do: changes to an order, to header and payload before they are signed, and to the bytes after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from firmware.model import Kind
from firmware.verify.wire import LIVE_S, MAX_TEXT_BYTES, PREFIX, Alg, Claim, Header
from issuer import world
from issuer.cose import Map, encode, inner_of, join1, split1
from issuer.dates import DAY_S, day_of, end_of
from issuer.make import LiveLayer, Order, make
from issuer.office import Office, Wish
from issuer.people import Driver

STALE_S: Final = 95
EARLY_S: Final = DAY_S // 2
LAPSED_DAYS: Final = 43
#: The day that ends a document of a kind.
_END_OF: Final = dict.fromkeys(Kind, "inspected_until") | {Kind.DRIVING_LICENCE: "valid_until"}
_SIGNATURE_TAIL: Final = 20
_CRIT: Final = 2  # RFC 9052, 3.1: a label that a reader must understand or refuse


@dataclass(frozen=True, slots=True)
class Case:
    """What a defect may look at while it spoils."""

    office: Office
    wish: Wish
    now_s: int


def stale(order: Order, _case: Case) -> Order:
    if order.live is not None:
        return replace(order, live=replace(order.live, made_s=order.live.made_s - STALE_S))
    made_s = order.issued_s - STALE_S
    return replace(order, issued_s=made_s, begins_s=made_s, ends_s=made_s + LIVE_S)


def ahead(order: Order, _case: Case) -> Order:
    assert order.live is not None
    return replace(order, live=replace(order.live, made_s=order.live.made_s + 5 * LIVE_S))


def early(order: Order, case: Case) -> Order:
    begins_s = case.now_s + EARLY_S
    return replace(order, begins_s=begins_s, ends_s=max(order.ends_s, begins_s + DAY_S))


def _day(name: str, day: date) -> dict[str, Any]:
    return {name: day}


def expired(order: Order, case: Case) -> Order:
    last_day = day_of(case.now_s) - timedelta(days=LAPSED_DAYS)
    issued_s = end_of(last_day) - 300 * DAY_S
    document = replace(order.document, **_day(_END_OF[case.wish.kind], last_day))
    return replace(order, document=document, issued_s=issued_s, begins_s=issued_s, ends_s=end_of(last_day))


def at_index(index: int) -> Callable[[Order, Case], Order]:
    def change(order: Order, _case: Case) -> Order:
        return replace(order, document=replace(order.document, status=(world.STATUS_LIST, index)))

    return change


def unknown_list(order: Order, _case: Case) -> Order:
    return replace(order, document=replace(order.document, status=(world.MISSING_LIST, 1)))


def unknown_letter(order: Order, _case: Case) -> Order:
    return replace(order, document=replace(order.document, letters="Z"))


def unlisted(order: Order, case: Case) -> Order:
    return replace(order, signer=case.office.unlisted)


def wrong_kind(order: Order, case: Case) -> Order:
    name = "licences-only" if case.wish.kind is Kind.INSPECTION_MARK else "marks-only"
    return replace(order, signer=case.office.key(name))


def wrong_region(order: Order, case: Case) -> Order:
    return replace(order, signer=case.office.key("beijing" if case.wish.subject.office == "shanghai" else "shanghai"))


def ended(order: Order, case: Case) -> Order:
    return replace(order, signer=case.office.key("ended"))


def lent(**changes: Any) -> Callable[[Order, Case], Order]:
    """Another delegation: its slot, or its place on the list."""

    def change(order: Order, _case: Case) -> Order:
        assert order.document.delegation is not None
        delegation = replace(order.document.delegation, **changes)
        return replace(order, document=replace(order.document, delegation=delegation))

    return change


def lent_days(from_days: int, until_days: int) -> Callable[[Order, Case], Order]:
    """A delegation from one day to another, counted from today."""

    def change(order: Order, case: Case) -> Order:
        today = day_of(case.now_s)
        days = (today + timedelta(days=count) for count in (from_days, until_days))
        return lent(**dict(zip(("from_day", "until_day"), days, strict=True)))(order, case)

    return change


def with_day(name: str, days: int) -> Callable[[Order, Case], Order]:
    """One day of the document, counted from today."""

    def change(order: Order, case: Case) -> Order:
        return replace(order, document=replace(order.document, **_day(name, day_of(case.now_s) + timedelta(days=days))))

    return change


def stripped(order: Order, _case: Case) -> Order:
    return replace(order, live=None)


def other_holder(order: Order, case: Case) -> Order:
    assert order.live is not None
    live = LiveLayer(order.live.made_s, order.live.nonce, case.office.stranger(order.live.signer.alg))
    return replace(order, live=live)


def flip(cose: bytes, _case: Case) -> bytes:
    """One bit of the outermost signature: every length and every type stays what it was."""
    place = len(cose) - _SIGNATURE_TAIL
    return cose[:place] + bytes([cose[place] ^ 1]) + cose[place + 1 :]


def altered_plate(cose: bytes, case: Case) -> bytes:
    """Another plate, or another number of the bar code, of the same length; the signatures left as they were."""
    subject = case.wish.subject
    said = subject.bar_code if isinstance(subject, Driver) else subject.plate
    other = said[:-1] + ("8" if said[-1] != "8" else "6")
    return cose.replace(said.encode(), other.encode())


def swapped_inner(cose: bytes, case: Case) -> bytes:
    """A good credential of the same owner under the live layer of another one."""
    order = case.office.order(case.wish, case.now_s)
    good = inner_of(make(replace(order, cti=order.cti[::-1])))
    header, payload, signature = split1(cose)
    own = inner_of(cose)
    assert len(good) == len(own)
    return join1(header, payload.replace(own, good), signature)


def trailing(cose: bytes, _case: Case) -> bytes:
    return cose + b"\x00"


def header_outside(cose: bytes, case: Case) -> bytes:
    """A key id where no signature covers it: the unprotected header, an empty map between header and payload."""
    header, payload, signature = split1(cose)
    kid: Map = {Header.KID: case.office.unlisted.kid}
    return join1(header, payload, signature, kid)


def other_algorithm(header: Map) -> Map:
    return header | {Header.ALG: Alg.ED25519 if header[Header.ALG] != Alg.ED25519 else Alg.ES256}


def critical(header: Map) -> Map:
    return header | {_CRIT: [Header.ALG]}


def long_number(payload: bytes) -> bytes:
    """exp in eight bytes where four would do."""
    head = encode({Claim.EXP: 0})[1:2] + b"\x1a"
    return payload.replace(head, head[:1] + b"\x1b\x00\x00\x00\x00", 1)


def duplicate_key(payload: bytes) -> bytes:
    """The first pair of the map twice."""
    first_pair = payload[1:7]
    return bytes([payload[0] + 1]) + first_pair + payload[1:]


def other_prefix(text: bytes) -> bytes:
    return b"JZ9:" + text.removeprefix(PREFIX)


def cut(text: bytes) -> bytes:
    return text[: -len(text) // 4]


def padded(text: bytes) -> bytes:
    return text + b"0" * (MAX_TEXT_BYTES + 1 - len(text))
