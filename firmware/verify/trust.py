"""Signed bytes -> TrustView: the issuer keys, the rules of the day and the status lists that this terminal believes.

The chain: an anchor (built into the image) signs the trust list and the rules; a key of the trust list with the use "status"
signs the status lists. Each record binds a key to its algorithm, kinds, regions and dates: a message never picks them.
Bytes from a disk are strangers, so all of this is checked again at every load.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from firmware.model import Kind, Moment
from firmware.verify import cbor, wire
from firmware.verify.algorithms import ALGORITHMS
from firmware.verify.algorithms.base import BadSignatureError, UnavailableError, Verifier
from firmware.verify.cose import Sign1, parse_sign1
from firmware.verify.document import is_plain
from firmware.verify.errors import MalformedError
from firmware.verify.errors import UntrustedError as UntrustedError
from firmware.verify.overlay import Urgent
from firmware.verify.register_token import MAX_TOKEN_BYTES, RegisterToken, parse_register_token
from firmware.verify.rules import Rules, parse_rules
from firmware.verify.sources import OpenRegister, Register, StatusEntries, by_number, leading, newest_known
from firmware.verify.statuslist import StatusList, parse_status_list
from firmware.verify.values import as_instant, as_map, as_texts, as_whole

MAX_TRUST_BYTES: Final = 1 << 20
MAX_TRUST_ITEMS: Final = 1 << 16
MAX_STATUS_BYTES: Final = 8 << 20
MAX_KEYS: Final = 2048
_REGION: Final = re.compile("[0-9]{0,6}")

_LABELS: Final = (frozenset({int(wire.Header.ALG), int(wire.Header.KID), int(wire.Header.TYPE)}),)
_TRUST_CLAIMS: Final = frozenset({int(wire.Claim.EXP), int(wire.Claim.IAT), int(wire.Claim.TRUST)})
_TRUST_FIELDS: Final = frozenset(int(field) for field in wire.TrustField)
_RULES_CLAIMS: Final = frozenset({int(wire.Claim.EXP), int(wire.Claim.IAT), int(wire.Claim.RULES)})
_USES: Final = frozenset({*(kind.value for kind in Kind), wire.USE_STATUS, wire.USE_RULES, wire.USE_TIME})


@dataclass(frozen=True, slots=True)
class Anchor:
    """A key that is believed without proof, because the image carries it. `environment` keeps demo and production apart."""

    environment: str
    name: str
    kid: bytes
    alg: int
    public: bytes
    uses: frozenset[str]


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One key record. `verify` is made once, when the key was found to be on its curve."""

    kid: bytes
    alg: int
    uses: frozenset[str]
    regions: tuple[str, ...]
    signs_from_s: int
    signs_until_s: int
    trusted_until_s: int
    name_zh: str
    name_en: str
    verify: Verifier

    def serves_region(self, authority: int) -> bool:
        return f"{authority:06d}".startswith(self.regions)


#: By key id; two keys may share one.
Keys: TypeAlias = Mapping[bytes, tuple[IssuerKey, ...]]


@dataclass(frozen=True, slots=True)
class TrustView:
    """An immutable snapshot of all that is believed; swapped whole."""

    environment: str
    version: int
    issued_s: int
    expires_s: int
    keys: Keys
    rules: Rules
    status: Mapping[int, tuple[StatusList, ...]]  # by number, newest first
    register: Register | None = None
    urgent: Urgent | None = None

    def status_list(self, number: int, moment: Moment) -> StatusEntries | None:
        """The states of this list as known at the moment, by the rule of `sources`, with what is urgent over them.

        None when nothing was known.
        """
        known: StatusEntries | None = newest_known(self.status.get(number, ()), moment)
        listed = self.register.list(number) if self.register is not None else None
        if listed is not None:
            known = leading((listed,) if known is None else (known, listed), moment)
        return known if self.urgent is None else self.urgent.over(known, number, moment)

    @property
    def newest_lists(self) -> tuple[StatusList, ...]:
        """The newest list of each number."""
        return tuple(lists[0] for lists in self.status.values())

    @property
    def newest_issued_s(self) -> int:
        """The latest signed `issued` in here: true time is not before it."""
        return max(self.issued_s, self.rules.issued_s, *self.status_issued_s)

    @property
    def status_issued_s(self) -> tuple[int, ...]:
        """When the register and the newest list of each number were made; empty where nothing is known of any document."""
        register = () if self.register is None else (self.register.token.issued_s,)
        return (*register, *(entry.issued_s for entry in self.newest_lists))


def build_view(
    anchors: Iterable[Anchor],
    environment: str,
    trust_cwt: bytes,
    rules_cwt: bytes,
    status_cwts: Iterable[bytes],
    *,
    version_floor: int = 0,
    register: tuple[bytes, OpenRegister] | None = None,
    serial_floor: int = 0,
) -> TrustView:
    """The view that these signed bytes give under these anchors. Raises UntrustedError; nothing of a bad bundle is used.

    `register` is a signed register token, and what opens the content that it names; a serial below the floor is refused.
    """
    own = tuple(anchor for anchor in anchors if anchor.environment == environment)
    if not own:
        raise UntrustedError(f"no anchor for the environment {environment!r}")
    claims = _anchored(trust_cwt, own, "trust", wire.TRUST_TYPE, _TRUST_CLAIMS)
    body = as_map(claims[wire.Claim.TRUST], "trust list")
    if body.keys() != _TRUST_FIELDS:
        raise UntrustedError("a trust list with other fields than the profile has")
    version = as_whole(body[wire.TrustField.VERSION], "version")
    if version < version_floor:
        raise UntrustedError(f"trust list version {version} is older than {version_floor}, seen before")
    if (named := body[wire.TrustField.ENVIRONMENT]) != environment:
        raise UntrustedError(f"a trust list for the environment {named!r}; this terminal is {environment!r}")
    keys = _keys(body[wire.TrustField.KEYS])
    rules_claims = _anchored(rules_cwt, own, wire.USE_RULES, wire.RULES_TYPE, _RULES_CLAIMS)
    try:
        rules = parse_rules(as_map(rules_claims[wire.Claim.RULES], "rules"), as_instant(rules_claims[wire.Claim.IAT]))
        lists = [_status_list(data, keys) for data in status_cwts]
    except MalformedError as error:
        raise UntrustedError(str(error)) from error
    return TrustView(
        environment=environment,
        version=version,
        issued_s=as_instant(claims[wire.Claim.IAT]),
        expires_s=as_instant(claims[wire.Claim.EXP]),
        keys=MappingProxyType(keys),
        rules=rules,
        status=MappingProxyType(by_number(lists)),
        register=None if register is None else _opened(register, keys, serial_floor),
    )


def _opened(register: tuple[bytes, OpenRegister], keys: Keys, serial_floor: int) -> Register:
    token = believe_register(register[0], keys, serial_floor=serial_floor)
    return Register(token, register[1](token))


def believe_register(data: bytes, keys: Keys, *, serial_floor: int = 0) -> RegisterToken:
    """The register token in these signed bytes, under the keys of a trust list. Raises UntrustedError."""
    signed, allowed = _by_status_key(data, keys, wire.REGISTER_TYPE, MAX_TOKEN_BYTES)
    token = parse_register_token(signed.payload)
    _require_dates(token.issued_s, allowed, "register token")
    if token.serial < serial_floor:
        raise UntrustedError(f"register {token.serial} is older than {serial_floor}, seen before")
    return token


def load_key(alg: int, public: bytes) -> Verifier:
    """A verifier for a key of our records. Raises UntrustedError for an unknown algorithm or a point off its curve."""
    algorithm = ALGORITHMS.get(alg)
    if algorithm is None:
        raise UntrustedError(f"a key for the unknown algorithm {alg}")
    try:
        return algorithm.load(public)
    except ValueError as error:
        raise UntrustedError(f"a key that is no {algorithm.name} key") from error
    except UnavailableError as error:
        raise UntrustedError(str(error)) from error


def same_algorithm(alg: int | None, recorded: int) -> bool:
    """Whether a message's number means the algorithm of our record (two numbers may mean one: RFC 9864)."""
    return alg == recorded or (alg is not None and ALGORITHMS.get(alg) is ALGORITHMS.get(recorded) is not None)


def _anchored(
    data: bytes, anchors: tuple[Anchor, ...], use: str, type_: str, expected: frozenset[int]
) -> dict[int | str, cbor.Value]:
    signed = _parse(data, type_, MAX_TRUST_BYTES)
    candidates = [
        (anchor.alg, load_key(anchor.alg, anchor.public))
        for anchor in anchors
        if anchor.kid == signed.protected[wire.Header.KID] and use in anchor.uses
    ]
    require_signature(signed, candidates, type_)
    try:
        claims = cbor.decode(signed.payload, max_bytes=MAX_TRUST_BYTES, max_items=MAX_TRUST_ITEMS)
    except MalformedError as error:
        raise UntrustedError(f"{type_}: {error}") from error
    if not isinstance(claims, dict) or frozenset(claims) != expected:
        raise UntrustedError(f"{type_}: other claims than expected")
    if as_instant(claims[wire.Claim.EXP]) < as_instant(claims[wire.Claim.IAT]):
        raise UntrustedError(f"{type_}: ends before it was made")
    return claims


def _parse(data: bytes, type_: str, max_bytes: int) -> Sign1:
    try:
        signed = parse_sign1(data, _LABELS, max_bytes=max_bytes)
    except MalformedError as error:
        raise UntrustedError(f"{type_}: {error}") from error
    if signed.protected[wire.Header.TYPE] != type_:
        raise UntrustedError(f"expected {type_}, got {signed.protected[wire.Header.TYPE]!r}")
    return signed


def require_signature(signed: Sign1, candidates: Iterable[tuple[int, Verifier]], what: str) -> None:
    """One of these (algorithm, key) pairs made the signature. Raises UntrustedError, telling a stranger from a wrong signature."""
    known = False
    for alg, verify in candidates:
        known = True
        if not same_algorithm(signed.alg, alg):
            continue
        try:
            verify(signed.signature, signed.to_be_signed)
        except BadSignatureError:
            continue
        except UnavailableError as error:
            raise UntrustedError(str(error)) from error
        return
    raise UntrustedError(
        f"{what}: the signature does not hold" if known else f"{what}: signed by a key that is not known"
    )


def _status_list(data: bytes, keys: Keys) -> StatusList:
    signed, allowed = _by_status_key(data, keys, wire.STATUS_LIST_TYPE, MAX_STATUS_BYTES)
    status = parse_status_list(signed.payload, max_bytes=MAX_STATUS_BYTES)
    _require_dates(status.issued_s, allowed, "status list")
    return status


def _by_status_key(data: bytes, keys: Keys, type_: str, max_bytes: int) -> tuple[Sign1, list[IssuerKey]]:
    """The message, and the records of the status key that signed it."""
    signed = _parse(data, type_, max_bytes)
    kid = signed.protected[wire.Header.KID]
    records = keys.get(kid, ()) if isinstance(kid, bytes) else ()
    allowed = [record for record in records if wire.USE_STATUS in record.uses]
    require_signature(signed, ((record.alg, record.verify) for record in allowed), type_)
    return signed, allowed


def _require_dates(issued_s: int, allowed: Iterable[IssuerKey], what: str) -> None:
    if not any(record.signs_from_s <= issued_s <= record.signs_until_s for record in allowed):
        raise UntrustedError(f"a {what} made outside the dates of its key")


def _keys(value: cbor.Value) -> dict[bytes, tuple[IssuerKey, ...]]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_KEYS:
        raise UntrustedError("a trust list without keys, or with too many")
    keys: dict[bytes, tuple[IssuerKey, ...]] = {}
    for entry in value:
        record = _key(as_map(entry, "key record"))
        keys[record.kid] = (*keys.get(record.kid, ()), record)
    return keys


def _key(entry: dict[int | str, cbor.Value]) -> IssuerKey:
    if frozenset(entry) != frozenset(int(label) for label in wire.KeyField):
        raise UntrustedError("a key record with other fields than the profile has")
    kid, public = entry[wire.KeyField.KID], entry[wire.KeyField.PUBLIC]
    if not isinstance(kid, bytes) or len(kid) != wire.KID_BYTES or not isinstance(public, bytes):
        raise UntrustedError("a key record without a key id of 8 bytes or without a key")
    alg = entry[wire.KeyField.ALG]
    if type(alg) is not int:
        raise UntrustedError("a key record whose algorithm is no number")
    uses = frozenset(as_texts(entry[wire.KeyField.USES], "uses"))
    if not uses or not uses <= _USES:
        raise UntrustedError(f"a key record with unknown uses {sorted(uses - _USES)}")
    regions = as_texts(entry[wire.KeyField.REGIONS], "regions")
    if not regions or not all(_REGION.fullmatch(region) for region in regions):
        raise UntrustedError("a key record whose regions are no digit prefixes")
    name_zh, name_en = entry[wire.KeyField.NAME_ZH], entry[wire.KeyField.NAME_EN]
    if not isinstance(name_zh, str) or not isinstance(name_en, str) or not is_plain(name_zh + name_en):
        raise UntrustedError("a key record without names, or with control characters in them")
    return IssuerKey(
        kid=kid,
        alg=alg,
        uses=uses,
        regions=regions,
        signs_from_s=as_instant(entry[wire.KeyField.SIGNS_FROM]),
        signs_until_s=as_instant(entry[wire.KeyField.SIGNS_UNTIL]),
        trusted_until_s=as_instant(entry[wire.KeyField.TRUSTED_UNTIL]),
        name_zh=name_zh,
        name_en=name_en,
        verify=load_key(alg, public),
    )
