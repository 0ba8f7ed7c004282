"""Codes that are wrong in one named way each: for demos, for tests, and for whoever wants to see what a terminal says.

Each defect is one line of the table: what it changes, at which step, and the reason that a terminal should give.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from firmware.model import Kind, Reason
from issuer import spoilers, world
from issuer.cose import Map, text_of
from issuer.errors import bad_data
from issuer.make import Order, make, same_bytes, same_header
from issuer.office import Form, Office, Wish
from issuer.spoilers import LAPSED_DAYS, STALE_S, Case

_ANY: Final = frozenset(Form)
_LIVE: Final = frozenset({Form.PHONE, Form.SERVER})
_KEPT: Final = _ANY - {Form.SERVER}  # forms whose credential was issued some time ago
_PHONE: Final = frozenset({Form.PHONE})
_LENT: Final = frozenset({Kind.DELEGATED_VEHICLE_LICENCE})
_DRIVER: Final = frozenset({Kind.DRIVING_LICENCE})
_TAG: Final = frozenset({Kind.EVI_TAG})


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


_R = Reason
DEFECTS: Final = {
    defect.name: defect
    for defect in (
        Defect("stale", f"a live code made {STALE_S} seconds ago", _R.CODE_STALE, _LIVE, order=spoilers.stale),
        Defect(
            "ahead", "a live code of a phone whose clock is 5 minutes fast", _R.CODE_STALE, _PHONE, order=spoilers.ahead
        ),
        Defect("early", "begins in 12 hours", _R.NOT_YET_VALID, _KEPT, order=spoilers.early),
        Defect("expired", f"its inspection ran out {LAPSED_DAYS} days ago", _R.EXPIRED, _KEPT, order=spoilers.expired),
        Defect(
            "revoked",
            "withdrawn: its place on the status list says so",
            _R.REVOKED,
            order=spoilers.at_index(world.REVOKED_INDEX),
        ),
        Defect(
            "suspended",
            "held: its place on the status list says so",
            _R.SUSPENDED,
            order=spoilers.at_index(world.SUSPENDED_INDEX),
        ),
        Defect(
            "list-missing",
            "on a status list that the terminal does not have",
            _R.DATA_TOO_OLD,
            order=spoilers.unknown_list,
        ),
        Defect("unknown-letter", "a state letter that no rule names", _R.CANNOT_TELL, order=spoilers.unknown_letter),
        Defect("unknown-issuer", "signed with a self-made key", _R.UNKNOWN_ISSUER, order=spoilers.unlisted),
        Defect(
            "key-not-for-kind",
            "signed with a key of another kind of document",
            _R.UNKNOWN_ISSUER,
            order=spoilers.wrong_kind,
        ),
        Defect(
            "key-not-for-region", "signed with a key of another region", _R.UNKNOWN_ISSUER, order=spoilers.wrong_region
        ),
        Defect("key-ended", "signed with a key that is no longer trusted", _R.UNKNOWN_ISSUER, order=spoilers.ended),
        Defect("stripped", "live only, shown without its live layer", _R.STRIPPED, _PHONE, order=spoilers.stripped),
        Defect(
            "other-holder-key",
            "the live layer made by another phone",
            _R.BAD_SIGNATURE,
            _PHONE,
            order=spoilers.other_holder,
        ),
        Defect(
            "swapped-inner",
            "another credential under the same live layer",
            _R.BAD_SIGNATURE,
            _PHONE,
            cose=spoilers.swapped_inner,
        ),
        Defect(
            "lent-too-long", "lent for 20 days", _R.DELEGATION_EXCEEDED, kinds=_LENT, order=spoilers.lent_days(-1, 18)
        ),
        Defect(
            "lent-to-four",
            "the fourth person at once",
            _R.DELEGATION_EXCEEDED,
            kinds=_LENT,
            order=spoilers.lent(slot=4),
        ),
        Defect(
            "lent-before",
            "its delegation is over",
            _R.DELEGATION_EXCEEDED,
            kinds=_LENT,
            order=spoilers.lent_days(-3, -1),
        ),
        Defect(
            "lent-later",
            "its delegation begins in 2 days",
            _R.NOT_YET_VALID,
            kinds=_LENT,
            order=spoilers.lent_days(2, 4),
        ),
        Defect(
            "taken-back",
            "the owner ended the delegation: its place on the status list says so",
            _R.DELEGATION_EXCEEDED,
            kinds=_LENT,
            order=spoilers.lent(status=(world.STATUS_LIST, world.REVOKED_INDEX)),
        ),
        Defect(
            "unexamined",
            "its medical examination is overdue",
            _R.SUSPENDED,
            kinds=_DRIVER,
            order=spoilers.with_day("medical_until", -1),
        ),
        Defect(
            "probation",
            "a driver on probation",
            _R.VALID_NOTICE,
            kinds=_DRIVER,
            order=spoilers.with_day("probation_until", 9),
        ),
        Defect(
            "uninsured",
            "its compulsory insurance is over",
            _R.EXPIRED,
            kinds=_TAG,
            order=spoilers.with_day("insured_until", -1),
        ),
        Defect("flipped-bit", "one bit of the signature flipped", _R.BAD_SIGNATURE, cose=spoilers.flip),
        Defect(
            "altered-plate",
            "another plate (or bar code) in the signed bytes",
            _R.BAD_SIGNATURE,
            cose=spoilers.altered_plate,
        ),
        Defect(
            "other-algorithm", "names another algorithm than its key", _R.BAD_SIGNATURE, header=spoilers.other_algorithm
        ),
        Defect("critical-header", "one more protected label, signed", _R.NOT_A_CREDENTIAL, header=spoilers.critical),
        Defect(
            "unprotected-header", "a key id outside the signature", _R.NOT_A_CREDENTIAL, cose=spoilers.header_outside
        ),
        Defect("trailing-bytes", "a byte after the end", _R.NOT_A_CREDENTIAL, cose=spoilers.trailing),
        Defect(
            "not-canonical", "a number longer than it needs to be, signed", _R.CANNOT_TELL, payload=spoilers.long_number
        ),
        Defect("duplicate-key", "one claim twice, signed", _R.CANNOT_TELL, payload=spoilers.duplicate_key),
        Defect(
            "wrong-prefix",
            "a version of the profile that does not exist",
            _R.NOT_A_CREDENTIAL,
            after=spoilers.other_prefix,
        ),
        Defect("truncated", "a quarter of the text missing", _R.NOT_A_CREDENTIAL, after=spoilers.cut),
        Defect("overlong", "longer than a code may be", _R.NOT_A_CREDENTIAL, after=spoilers.padded),
    )
}


def defect_named(name: str) -> Defect:
    """The defect of this name. Raises OfficeError."""
    try:
        return DEFECTS[name]
    except KeyError:
        raise bad_data(f"there is no defect {name!r}: yanma-issuer defects lists them") from None
