"""Urgent items: one state, or one key, that cannot wait for the next list. Signed like the lists; no carrier is believed.

A state is signed by a key with the use "status", as the lists are. A key is withdrawn by an anchor alone: were a status key
enough, whoever stole it could silence every issuer. Between an item and a list the newer one speaks; an item whose time is
over says nothing. Without any list an item can refuse, but never let pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from firmware.verify import cbor, wire
from firmware.verify.cose import Sign1, parse_sign1
from firmware.verify.errors import MalformedError
from firmware.verify.overlay import Urgent, UrgentState
from firmware.verify.trust import Anchor, IssuerKey, TrustView, UntrustedError, load_key, require_signature

MAX_ITEM_BYTES: Final = 4096
#: Of these the terminal holds at most so many; the newest are kept.
MAX_ITEMS: Final = 4096
#: An item speaks for a month at most: by then the lists do.
MAX_LIFE_S: Final = 31 * 86400
MAX_STATE: Final = 0x0F

_LABELS: Final = (frozenset({int(wire.Header.ALG), int(wire.Header.KID), int(wire.Header.TYPE)}),)
_CLAIMS: Final = frozenset({int(wire.Claim.EXP), int(wire.Claim.IAT), int(wire.Claim.CTI), int(wire.Claim.URGENT)})
_FIELDS: Final = {
    wire.UrgentAction.STATE: frozenset({1, 2, 3}),
    wire.UrgentAction.WITHDRAW_KEY: frozenset({1, 4}),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One believed item: a state for a place, or a key to withdraw. `id` names it among all items."""

    id: bytes
    issued_s: int
    expires_s: int
    place: tuple[int, int] | None = None
    state: int = 0
    kid: bytes | None = None


def believe_item(data: bytes, anchors: Iterable[Anchor], keys: Mapping[bytes, tuple[IssuerKey, ...]]) -> Item:
    """The item in these signed bytes. Raises UntrustedError: wrong form, wrong signer, or a signer that may not ask for this."""
    try:
        signed = parse_sign1(data, _LABELS, max_bytes=MAX_ITEM_BYTES)
        if signed.protected[wire.Header.TYPE] != wire.URGENT_TYPE:
            raise UntrustedError(f"expected {wire.URGENT_TYPE}, got {signed.protected[wire.Header.TYPE]!r}")
        claims = cbor.decode(signed.payload, max_bytes=MAX_ITEM_BYTES)
        item = _item(claims)
    except MalformedError as error:
        raise UntrustedError(f"urgent item: {error}") from error
    if item.kid is not None:
        own = [anchor for anchor in anchors if "trust" in anchor.uses]
        named = [(anchor.alg, load_key(anchor.alg, anchor.public)) for anchor in own if anchor.kid == _kid(signed)]
        require_signature(signed, named, "urgent item about a key")
        return item
    allowed = [record for record in keys.get(_kid(signed), ()) if wire.USE_STATUS in record.uses]
    require_signature(signed, ((record.alg, record.verify) for record in allowed), "urgent item")
    if not any(record.signs_from_s <= item.issued_s <= record.signs_until_s for record in allowed):
        raise UntrustedError("an urgent item made outside the dates of its key")
    return item


def heed(view: TrustView, anchors: Iterable[Anchor], items: Iterable[bytes]) -> tuple[TrustView, tuple[str, ...]]:
    """The view with these items in force, and what was wrong with those that are not. One bad item harms no other."""
    own = tuple(anchor for anchor in anchors if anchor.environment == view.environment)
    believed, refused = [], []
    for data in items:
        try:
            believed.append(believe_item(data, own, view.keys))
        except UntrustedError as error:
            refused.append(str(error))
    newest = sorted(believed, key=lambda item: (item.issued_s, item.id))[-MAX_ITEMS:]
    states: dict[int, dict[int, tuple[UrgentState, ...]]] = {}
    keys = dict(view.keys)
    for item in newest:
        if item.place is not None:
            number, index = item.place
            listed = states.setdefault(number, {})
            listed[index] = (UrgentState(item.issued_s, item.expires_s, item.state), *listed.get(index, ()))
        elif item.kid in keys:
            keys[item.kid] = tuple(_withdrawn(record, item.issued_s) for record in keys[item.kid])
    urgent = Urgent(MappingProxyType(states), len(newest)) if newest else None
    return replace(view, keys=MappingProxyType(keys), urgent=urgent), tuple(refused)


def _withdrawn(record: IssuerKey, at_s: int) -> IssuerKey:
    return replace(record, trusted_until_s=min(record.trusted_until_s, at_s))


def _kid(signed: Sign1) -> bytes:
    kid = signed.protected[wire.Header.KID]
    return kid if isinstance(kid, bytes) else b""


def _item(claims: cbor.Value) -> Item:
    if not isinstance(claims, dict) or frozenset(claims) != _CLAIMS:
        raise MalformedError("other claims than the profile has")
    issued, expires, name = claims[wire.Claim.IAT], claims[wire.Claim.EXP], claims[wire.Claim.CTI]
    body = claims[wire.Claim.URGENT]
    if type(issued) is not int or type(expires) is not int or not 0 <= issued <= expires <= wire.MAX_NUMERIC_DATE:
        raise MalformedError("instants out of range or order")
    if expires - issued > MAX_LIFE_S:
        raise MalformedError("an item that would speak for more than a month")
    if not isinstance(name, bytes) or len(name) != wire.CTI_BYTES or not isinstance(body, dict):
        raise MalformedError("an item without its id or its body")
    action = body.get(wire.UrgentField.ACTION)
    if type(action) is not int or action not in _FIELDS or frozenset(body) != _FIELDS[wire.UrgentAction(action)]:
        raise MalformedError("an item that asks for nothing that is known here")
    if action == wire.UrgentAction.WITHDRAW_KEY:
        kid = body[wire.UrgentField.KID]
        if not isinstance(kid, bytes) or len(kid) != wire.KID_BYTES:
            raise MalformedError("a key id of the wrong size")
        return Item(name, issued, expires, kid=kid)
    state = body[wire.UrgentField.STATE]
    if type(state) is not int or not 0 <= state <= MAX_STATE:
        raise MalformedError("a state that is no four bits")
    return Item(name, issued, expires, place=_place(body[wire.UrgentField.PLACE]), state=state)


def _place(value: cbor.Value) -> tuple[int, int]:
    if isinstance(value, list) and len(value) == 2:
        number, index = value
        if (
            type(number) is int
            and type(index) is int
            and 0 <= min(number, index) <= max(number, index) <= wire.MAX_STATUS
        ):
            return number, index
    raise MalformedError("a place that is no [list, index]")
