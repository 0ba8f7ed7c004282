"""Codes that are wrong in one named way each: for demos, for tests, and for whoever wants to see what a terminal says.

Each defect is one line of the table: what it changes, at which step, and the reason that a terminal should give.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from firmware.model import Kind, Reason
from firmware.verify.wire import LIVE_S, MAX_TEXT_BYTES, PREFIX, Alg, Claim, Header
from issuer import world
from issuer.cose import Map, encode, inner_of, join1, split1, text_of
from issuer.dates import DAY_S, day_of, end_of
from issuer.errors import bad_data
from issuer.make import LiveLayer, Order, make, same_bytes, same_header
from issuer.office import Form, Office, Wish
from issuer.people import Driver

_ANY: Final = frozenset(Form)
_LIVE: Final = frozenset({Form.PHONE, Form.SERVER})
_KEPT: Final = _ANY - {Form.SERVER}  # forms whose credential was issued some time ago
_PHONE: Final = frozenset({Form.PHONE})
_LENT: Final = frozenset({Kind.DELEGATED_VEHICLE_LICENCE})
_DRIVER: Final = frozenset({Kind.DRIVING_LICENCE})
_TAG: Final = frozenset({Kind.EVI_TAG})

STALE_S: Final = 95
EARLY_S: Final = DAY_S // 2
_LAPSED_DAYS: Final = 43
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


@dataclass(frozen=True, slots=True)
class Defect:
    """One way to be wrong. Steps: the order, the issuer's header and payload before they are signed, the COSE, the text."""

    name: str
    help_text: str
    expects: Reason
    forms: frozenset[Form] = _ANY
    kinds: frozenset[Kind] = frozenset(Kind)
    order: Callable[[Order, Case], Order] = lambda order, _case: order
    header: Callable[[Map], Map] = same_header
    payload: Callable[[bytes], bytes] = same_bytes
    cose: Callable[[bytes, Case], bytes] = lambda cose, _case: cose
    after: Callable[[bytes], bytes] = same_bytes

    def text(self, office: Office, wish: Wish, now_s: int) -> bytes:
        """The spoilt text. Raises OfficeError when this form cannot have the defect."""
        if wish.form not in self.forms:
            labels = ", ".join(sorted(form.label for form in self.forms))
            raise bad_data(f"the defect {self.name!r} needs one of the ways: {labels}; not {wish.form.label!r}")
        if wish.kind not in self.kinds:
            kinds = ", ".join(sorted(self.kinds))
            raise bad_data(f"the defect {self.name!r} is one of {kinds}; not of {wish.kind.value}")
        case = Case(office, wish, now_s)
        order = self.order(office.order(wish, now_s), case)
        return self.after(text_of(self.cose(make(order, self.header, self.payload), case)))


def _stale(order: Order, _case: Case) -> Order:
    if order.live is not None:
        return replace(order, live=replace(order.live, made_s=order.live.made_s - STALE_S))
    made_s = order.issued_s - STALE_S
    return replace(order, issued_s=made_s, begins_s=made_s, ends_s=made_s + LIVE_S)


def _ahead(order: Order, _case: Case) -> Order:
    assert order.live is not None
    return replace(order, live=replace(order.live, made_s=order.live.made_s + 5 * LIVE_S))


def _early(order: Order, case: Case) -> Order:
    begins_s = case.now_s + EARLY_S
    return replace(order, begins_s=begins_s, ends_s=max(order.ends_s, begins_s + DAY_S))


def _day(name: str, day: date) -> dict[str, Any]:
    return {name: day}


def _expired(order: Order, case: Case) -> Order:
    last_day = day_of(case.now_s) - timedelta(days=_LAPSED_DAYS)
    issued_s = end_of(last_day) - 300 * DAY_S
    document = replace(order.document, **_day(_END_OF[case.wish.kind], last_day))
    return replace(order, document=document, issued_s=issued_s, begins_s=issued_s, ends_s=end_of(last_day))


def _at_index(index: int) -> Callable[[Order, Case], Order]:
    def change(order: Order, _case: Case) -> Order:
        return replace(order, document=replace(order.document, status=(world.STATUS_LIST, index)))

    return change


def _unknown_list(order: Order, _case: Case) -> Order:
    return replace(order, document=replace(order.document, status=(world.MISSING_LIST, 1)))


def _unknown_letter(order: Order, _case: Case) -> Order:
    return replace(order, document=replace(order.document, letters="Z"))


def _unlisted(order: Order, case: Case) -> Order:
    return replace(order, signer=case.office.unlisted)


def _wrong_kind(order: Order, case: Case) -> Order:
    name = "licences-only" if case.wish.kind is Kind.INSPECTION_MARK else "marks-only"
    return replace(order, signer=case.office.key(name))


def _wrong_region(order: Order, case: Case) -> Order:
    return replace(order, signer=case.office.key("beijing" if case.wish.subject.office == "shanghai" else "shanghai"))


def _ended(order: Order, case: Case) -> Order:
    return replace(order, signer=case.office.key("ended"))


def _lent(**changes: Any) -> Callable[[Order, Case], Order]:
    """Another delegation: its slot, or its place on the list."""

    def change(order: Order, _case: Case) -> Order:
        assert order.document.delegation is not None
        delegation = replace(order.document.delegation, **changes)
        return replace(order, document=replace(order.document, delegation=delegation))

    return change


def _lent_days(from_days: int, until_days: int) -> Callable[[Order, Case], Order]:
    """A delegation from one day to another, counted from today."""

    def change(order: Order, case: Case) -> Order:
        today = day_of(case.now_s)
        days = (today + timedelta(days=count) for count in (from_days, until_days))
        return _lent(**dict(zip(("from_day", "until_day"), days, strict=True)))(order, case)

    return change


def _with_day(name: str, days: int) -> Callable[[Order, Case], Order]:
    """One day of the document, counted from today."""

    def change(order: Order, case: Case) -> Order:
        return replace(order, document=replace(order.document, **_day(name, day_of(case.now_s) + timedelta(days=days))))

    return change


def _stripped(order: Order, _case: Case) -> Order:
    return replace(order, live=None)


def _other_holder(order: Order, case: Case) -> Order:
    assert order.live is not None
    live = LiveLayer(order.live.made_s, order.live.nonce, case.office.stranger(order.live.signer.alg))
    return replace(order, live=live)


def _flip(cose: bytes, _case: Case) -> bytes:
    """One bit of the outermost signature: every length and every type stays what it was."""
    place = len(cose) - _SIGNATURE_TAIL
    return cose[:place] + bytes([cose[place] ^ 1]) + cose[place + 1 :]


def _altered_plate(cose: bytes, case: Case) -> bytes:
    """Another plate, or another number of the bar code, of the same length; the signatures left as they were."""
    subject = case.wish.subject
    said = subject.bar_code if isinstance(subject, Driver) else subject.plate
    other = said[:-1] + ("8" if said[-1] != "8" else "6")
    return cose.replace(said.encode(), other.encode())


def _swapped_inner(cose: bytes, case: Case) -> bytes:
    """A good credential of the same owner under the live layer of another one."""
    order = case.office.order(case.wish, case.now_s)
    good = inner_of(make(replace(order, cti=order.cti[::-1])))
    header, payload, signature = split1(cose)
    own = inner_of(cose)
    assert len(good) == len(own)
    return join1(header, payload.replace(own, good), signature)


def _trailing(cose: bytes, _case: Case) -> bytes:
    return cose + b"\x00"


def _header_outside(cose: bytes, case: Case) -> bytes:
    """A key id where no signature covers it: the unprotected header, an empty map between header and payload."""
    header, payload, signature = split1(cose)
    kid: Map = {Header.KID: case.office.unlisted.kid}
    return join1(header, payload, signature, kid)


def _other_algorithm(header: Map) -> Map:
    return header | {Header.ALG: Alg.ED25519 if header[Header.ALG] != Alg.ED25519 else Alg.ES256}


def _critical(header: Map) -> Map:
    return header | {_CRIT: [Header.ALG]}


def _long_number(payload: bytes) -> bytes:
    """exp in eight bytes where four would do."""
    head = encode({Claim.EXP: 0})[1:2] + b"\x1a"
    return payload.replace(head, head[:1] + b"\x1b\x00\x00\x00\x00", 1)


def _duplicate_key(payload: bytes) -> bytes:
    """The first pair of the map twice."""
    first_pair = payload[1:7]
    return bytes([payload[0] + 1]) + first_pair + payload[1:]


def _other_prefix(text: bytes) -> bytes:
    return b"JZ9:" + text.removeprefix(PREFIX)


def _cut(text: bytes) -> bytes:
    return text[: -len(text) // 4]


def _padded(text: bytes) -> bytes:
    return text + b"0" * (MAX_TEXT_BYTES + 1 - len(text))


_R = Reason
DEFECTS: Final = {
    defect.name: defect
    for defect in (
        Defect("stale", f"a live code made {STALE_S} seconds ago", _R.CODE_STALE, _LIVE, order=_stale),
        Defect("ahead", "a live code of a phone whose clock is 5 minutes fast", _R.CODE_STALE, _PHONE, order=_ahead),
        Defect("early", "begins in 12 hours", _R.NOT_YET_VALID, _KEPT, order=_early),
        Defect("expired", f"its inspection ran out {_LAPSED_DAYS} days ago", _R.EXPIRED, _KEPT, order=_expired),
        Defect(
            "revoked",
            "withdrawn: its place on the status list says so",
            _R.REVOKED,
            order=_at_index(world.REVOKED_INDEX),
        ),
        Defect(
            "suspended",
            "held: its place on the status list says so",
            _R.SUSPENDED,
            order=_at_index(world.SUSPENDED_INDEX),
        ),
        Defect(
            "list-missing", "on a status list that the terminal does not have", _R.DATA_TOO_OLD, order=_unknown_list
        ),
        Defect("unknown-letter", "a state letter that no rule names", _R.CANNOT_TELL, order=_unknown_letter),
        Defect("unknown-issuer", "signed with a self-made key", _R.UNKNOWN_ISSUER, order=_unlisted),
        Defect(
            "key-not-for-kind", "signed with a key of another kind of document", _R.UNKNOWN_ISSUER, order=_wrong_kind
        ),
        Defect("key-not-for-region", "signed with a key of another region", _R.UNKNOWN_ISSUER, order=_wrong_region),
        Defect("key-ended", "signed with a key that is no longer trusted", _R.UNKNOWN_ISSUER, order=_ended),
        Defect("stripped", "live only, shown without its live layer", _R.STRIPPED, _PHONE, order=_stripped),
        Defect(
            "other-holder-key", "the live layer made by another phone", _R.BAD_SIGNATURE, _PHONE, order=_other_holder
        ),
        Defect(
            "swapped-inner",
            "another credential under the same live layer",
            _R.BAD_SIGNATURE,
            _PHONE,
            cose=_swapped_inner,
        ),
        Defect("lent-too-long", "lent for 20 days", _R.DELEGATION_EXCEEDED, kinds=_LENT, order=_lent_days(-1, 18)),
        Defect("lent-to-four", "the fourth person at once", _R.DELEGATION_EXCEEDED, kinds=_LENT, order=_lent(slot=4)),
        Defect("lent-before", "its delegation is over", _R.DELEGATION_EXCEEDED, kinds=_LENT, order=_lent_days(-3, -1)),
        Defect("lent-later", "its delegation begins in 2 days", _R.NOT_YET_VALID, kinds=_LENT, order=_lent_days(2, 4)),
        Defect(
            "taken-back",
            "the owner ended the delegation: its place on the status list says so",
            _R.DELEGATION_EXCEEDED,
            kinds=_LENT,
            order=_lent(status=(world.STATUS_LIST, world.REVOKED_INDEX)),
        ),
        Defect(
            "unexamined",
            "its medical examination is overdue",
            _R.SUSPENDED,
            kinds=_DRIVER,
            order=_with_day("medical_until", -1),
        ),
        Defect(
            "probation", "a driver on probation", _R.VALID_NOTICE, kinds=_DRIVER, order=_with_day("probation_until", 9)
        ),
        Defect(
            "uninsured",
            "its compulsory insurance is over",
            _R.EXPIRED,
            kinds=_TAG,
            order=_with_day("insured_until", -1),
        ),
        Defect("flipped-bit", "one bit of the signature flipped", _R.BAD_SIGNATURE, cose=_flip),
        Defect(
            "altered-plate", "another plate (or bar code) in the signed bytes", _R.BAD_SIGNATURE, cose=_altered_plate
        ),
        Defect("other-algorithm", "names another algorithm than its key", _R.BAD_SIGNATURE, header=_other_algorithm),
        Defect("critical-header", "one more protected label, signed", _R.NOT_A_CREDENTIAL, header=_critical),
        Defect("unprotected-header", "a key id outside the signature", _R.NOT_A_CREDENTIAL, cose=_header_outside),
        Defect("trailing-bytes", "a byte after the end", _R.NOT_A_CREDENTIAL, cose=_trailing),
        Defect("not-canonical", "a number longer than it needs to be, signed", _R.CANNOT_TELL, payload=_long_number),
        Defect("duplicate-key", "one claim twice, signed", _R.CANNOT_TELL, payload=_duplicate_key),
        Defect(
            "wrong-prefix", "a version of the profile that does not exist", _R.NOT_A_CREDENTIAL, after=_other_prefix
        ),
        Defect("truncated", "a quarter of the text missing", _R.NOT_A_CREDENTIAL, after=_cut),
        Defect("overlong", "longer than a code may be", _R.NOT_A_CREDENTIAL, after=_padded),
    )
}


def defect_named(name: str) -> Defect:
    """The defect of this name. Raises OfficeError."""
    try:
        return DEFECTS[name]
    except KeyError:
        raise bad_data(f"there is no defect {name!r}: yanma-issuer defects lists them") from None
