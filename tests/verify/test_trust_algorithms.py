"""Trust list, rules and status lists under every algorithm that may sign them, and only with the algorithm of our record."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from firmware.model import Family, Reason, Word
from firmware.verify import trust as trust_module
from firmware.verify.algorithms.base import UnavailableError
from firmware.verify.trust import UntrustedError, build_view
from firmware.verify.wire import Alg
from issuer import sm2
from tests.world import Key, World, judge


@dataclass(frozen=True)
class Es384Key(Key):
    """A key on P-384."""

    @classmethod
    def of(cls, seed: int) -> Es384Key:
        return cls(Alg.ES384, ec.derive_private_key(seed, ec.SECP384R1()), bytes([seed]) * 8)

    def sign(self, data: bytes) -> bytes:
        assert isinstance(self.private, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA384())))
        return r.to_bytes(48, "big") + s.to_bytes(48, "big")


@dataclass(frozen=True)
class MlDsaKey(Key):
    """A key of ML-DSA-44; `private` of the base is not used."""

    seed: bytes = b""

    @classmethod
    def of(cls, seed: int) -> MlDsaKey:
        unused = ec.derive_private_key(seed, ec.SECP256R1())
        return cls(Alg.ML_DSA_44, unused, bytes([seed]) * 8, bytes([seed]) * 32)

    @property
    def secret(self) -> MLDSA44PrivateKey:
        return MLDSA44PrivateKey.from_seed_bytes(self.seed)

    @property
    def public(self) -> bytes:
        return self.secret.public_key().public_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        return self.secret.sign(data)


@dataclass(frozen=True)
class Sm2Key(Key):
    """A key of SM2, signing with the issuer's own code; `private` of the base is not used."""

    secret: bytes = b""

    @classmethod
    def of(cls, seed: int) -> Sm2Key:
        unused = ec.derive_private_key(seed, ec.SECP256R1())
        return cls(Alg.SM2_SM3, unused, bytes([seed]) * 8, bytes(31) + bytes([seed]))

    @property
    def public(self) -> bytes:
        return sm2.public_of(self.secret)

    def sign(self, data: bytes) -> bytes:
        return sm2.sign(self.secret, self.public, data)


def es384_old(seed: int) -> Key:
    return replace(Es384Key.of(seed), alg=Alg.ES384_OLD)


MAKERS = {
    "ES256": Key.es256,
    "Ed25519": Key.ed25519,
    "SM2": Sm2Key.of,
    "ES384": Es384Key.of,
    "ES384, older number": es384_old,
    "ML-DSA-44": MlDsaKey.of,
}
EACH = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@EACH
def test_trust_and_rules_are_believed_under_an_anchor_of_each_algorithm(make: object) -> None:
    world = World(anchor=make(21))  # type: ignore[operator]
    view = build_view(world.anchors(), "demo", world.trust_cwt(), world.rules_cwt(), [world.status_cwt()])
    assert (view.version, view.rules.version, set(view.status)) == (7, 3, {11})
    assert judge(world, world.credential()).family is Family.GO


@EACH
def test_status_list_is_believed_under_a_key_of_each_algorithm(make: object) -> None:
    world = World(lister=make(22), states={5: 1})  # type: ignore[operator]
    verdict = judge(world, world.credential())
    assert (verdict.reason, verdict.facts.word) == (Reason.REVOKED, Word.CANCELLED)


@EACH
def test_trust_list_with_one_wrong_byte_is_refused_under_each_algorithm(make: object) -> None:
    world = World(anchor=make(23))  # type: ignore[operator]
    good = world.trust_cwt()
    for position in (-1, len(good) // 2):
        wrong = bytearray(good)
        wrong[position] ^= 1
        with pytest.raises(UntrustedError):
            build_view(world.anchors(), "demo", bytes(wrong), world.rules_cwt(), [])


@pytest.mark.parametrize("named", [alg for alg in Alg if alg not in (Alg.ES384, Alg.ES384_OLD)])
def test_number_in_the_message_never_picks_another_algorithm_than_the_anchors(named: Alg) -> None:
    world = World(anchor=Es384Key.of(24))
    liar = World(anchor=replace(world.anchor, alg=named))
    with pytest.raises(UntrustedError, match="does not hold"):
        build_view(world.anchors(), "demo", liar.trust_cwt(), world.rules_cwt(), [])


@pytest.mark.parametrize("make", [Es384Key.of, MlDsaKey.of], ids=["ES384", "ML-DSA-44"])
def test_key_for_trust_data_alone_signs_no_credential(make: object) -> None:
    """The record may say what it likes: the code's signature is 64 bytes, and the key is not among those asked."""
    key = make(25)  # type: ignore[operator]
    world = World(key_changes={1: key.kid, 2: key.alg, 3: key.public})
    small = replace(World().issuer, kid=key.kid)
    verdict = judge(world, world.credential(key=small))
    assert (verdict.reason, verdict.facts.word) == (Reason.UNKNOWN_ISSUER, Word.NO_KEY)


def test_key_record_for_an_unknown_algorithm_spoils_the_list() -> None:
    world = World(key_changes={2: -47})
    with pytest.raises(UntrustedError, match="unknown algorithm -47"):
        world.trust()


def test_machine_without_an_anchors_algorithm_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing at the load, and missing only when a signature is checked (a libcrypto without SM2)."""

    def missing_at_load(_public: bytes) -> None:
        raise UnavailableError("install it")

    def missing_at_use(_signature: bytes, _data: bytes) -> None:
        raise UnavailableError("install it")

    world = World()
    for load in (missing_at_load, lambda _public: missing_at_use):
        algorithm = replace(trust_module.ALGORITHMS[Alg.ES256], load=load)  # type: ignore[arg-type]
        monkeypatch.setattr(trust_module, "ALGORITHMS", {Alg.ES256: algorithm})
        with pytest.raises(UntrustedError, match="install it"):
            world.trust()
