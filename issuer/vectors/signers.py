"""The keys of the pack, all public knowledge: private numbers are digests of their names. Never trust them with anything."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from firmware.model import Kind
from firmware.verify.wire import USE_STATUS, Alg
from issuer import sm2_repeatable
from issuer.cose import Map
from issuer.dates import DAY_S
from issuer.keys import SigningKey
from issuer.world import KeyPlan

_YEAR_S: Final = 365 * DAY_S
_ALL: Final = tuple(kind.value for kind in Kind)
_MARK: Final = Kind.INSPECTION_MARK.value

ANCHOR: Final = "root"
LISTER: Final = "status"
#: Offices by algorithm, with the authority that each may sign for.
OFFICES: Final[Mapping[Alg, tuple[str, int]]] = {
    Alg.ES256: ("beijing", 110100),
    Alg.ED25519: ("shanghai", 310000),
    Alg.SM2_SM3: ("guangdong", 440300),
}


@dataclass(frozen=True, slots=True)
class PackKey:
    """A key whose signatures are the same every time, under a kid that may be another key's."""

    key: SigningKey
    kid: bytes

    @property
    def alg(self) -> Alg:
        return self.key.alg

    @property
    def public(self) -> bytes:
        return self.key.public

    def cose_key(self) -> Map:
        return self.key.cose_key()

    def sign(self, message: bytes) -> bytes:
        if self.alg is Alg.SM2_SM3:
            return sm2_repeatable.sign(self.key.private, self.public, message)
        return self.key.sign(message)


@cache
def key(name: str, alg: Alg = Alg.ES256) -> PackKey:
    """The key of this name; its private number is the SHA-256 of a sentence that names it."""
    private = hashlib.sha256(f"yanma conformance pack, {name}, {alg.name}".encode()).digest()
    signing = SigningKey.from_private(name, alg, private)
    return PackKey(signing, signing.kid)


def with_kid_of(other: PackKey, name: str) -> PackKey:
    """Another key that goes by the same key id."""
    return replace(key(name), kid=other.kid)


def _plan(name: str, alg: Alg = Alg.ES256, **changes: int | tuple[str, ...]) -> KeyPlan:
    plan = KeyPlan(name, alg, _ALL, ("",), f"测试 {name}", f"test {name}")
    return replace(plan, **changes)  # type: ignore[arg-type]  # each change names a field of its own type


#: The trust list; instants count from NOW.
PLANS: Final = (
    _plan("beijing", regions=("11",)),
    _plan("shanghai", Alg.ED25519, regions=("31",)),
    _plan("guangdong", Alg.SM2_SM3, regions=("44",)),
    _plan("marks-only", uses=(_MARK,)),
    _plan("licences-only", uses=tuple(use for use in _ALL if use != _MARK)),
    _plan("stopped-signing", signs_until_s=-60 * DAY_S),
    _plan("signs-from-tomorrow", signs_from_s=DAY_S),
    _plan("trust-ended", trusted_until_s=-1),
    _plan("trust-ends-now", trusted_until_s=0),
    _plan("archive", signs_from_s=-20 * _YEAR_S),
    _plan("twin-one"),
    _plan("twin-two"),
    _plan(LISTER, uses=(USE_STATUS,), signs_from_s=-20 * _YEAR_S),
)
STRANGER: Final = "stranger"


def listed(name: str) -> PackKey:
    """A key of the trust list. The twins share the kid of the first."""
    plan = next(plan for plan in PLANS if plan.name == name)
    return with_kid_of(key("twin-one"), name) if name == "twin-two" else key(name, plan.alg)


def trust_pairs() -> list[tuple[KeyPlan, PackKey]]:
    return [(plan, listed(plan.name)) for plan in PLANS]
