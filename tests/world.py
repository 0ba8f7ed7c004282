"""An in-memory issuer world for tests: keys, trust data and credentials made with cbor2, independent of firmware and issuer.

`World()` is healthy; tests change one thing at a time. Everything is deterministic but for ECDSA's own randomness.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware.model import (
    SEVERITY,
    CheckName,
    Family,
    Kind,
    Moment,
    Outcome,
    Profile,
    Reason,
    Scan,
    SecondOpinion,
    Verdict,
    Way,
)
from firmware.verify import base45
from firmware.verify.trust import Anchor, TrustView, build_view
from firmware.verify.verifier import verify
from firmware.verify.wire import Alg, Claim, EditionField, Field, KeyField, RulesField, TrustField, Ways

NOW = int(datetime(2026, 6, 12, 6, 30, tzinfo=UTC).timestamp())  # 14:30 in Shanghai
DAY = 86400
TODAY = (date(2026, 6, 12) - date(1970, 1, 1)).days


@dataclass(frozen=True)
class Key:
    """A private key of either curve that signs as COSE wants it."""

    alg: int
    private: ec.EllipticCurvePrivateKey | Ed25519PrivateKey
    kid: bytes

    @classmethod
    def es256(cls, seed: int, kid: bytes = b"") -> Key:
        return cls(Alg.ES256, ec.derive_private_key(seed, ec.SECP256R1()), kid or bytes([seed % 256]) * 8)

    @classmethod
    def ed25519(cls, seed: int, kid: bytes = b"") -> Key:
        return cls(Alg.ED25519, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32), kid or bytes([seed]) * 8)

    @property
    def public(self) -> bytes:
        if isinstance(self.private, Ed25519PrivateKey):
            return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.private, Ed25519PrivateKey):
            return self.private.sign(data)
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    @property
    def cnf(self) -> dict[int, Any]:
        point = self.public
        if len(point) == 32:
            return {1: {1: 1, -1: 6, -2: point}}
        return {1: {1: 2, -1: 1, -2: point[1:33], -3: bool(point[64] & 1)}}


def dumps(value: Any) -> bytes:
    return cbor2.dumps(value, canonical=True)


def sign1(key: Key, protected: Mapping[int, Any], payload: bytes, *, signature: bytes | None = None) -> bytes:
    header = dumps(dict(protected))
    if signature is None:
        signature = key.sign(dumps(["Signature1", header, b"", payload]))
    return b"\xd2\x84" + dumps(header) + b"\xa0" + dumps(payload) + dumps(signature)


def text(cose: bytes) -> bytes:
    return b"JZ1:" + base45.encode(cose)


MARK: dict[int, Any] = {
    Field.KIND: 1,
    Field.WAYS: int(Ways.DOWNLOADED),
    Field.STATUS: [11, 5],
    Field.LETTERS: "A",
    Field.PLATE: "京A12345",
    Field.PLATE_CLASS: "02",
    Field.VIN: "LSVAA4181E2123456",
    Field.INSPECTED_UNTIL: TODAY + 200,
    Field.AUTHORITY: 110100,
}
LICENCE: dict[int, Any] = MARK | {
    Field.KIND: 3,
    Field.WAYS: int(Ways.LIVE),
    Field.VEHICLE_TYPE: "K33",
    Field.USE: "A",
    Field.NAME: "王*",
}
VEHICLE_LETTERS = {
    "A": ["GO", ""],
    "G": ["GO+", "violation"],
    "I": ["GO+", "accident"],
    "K": ["GO+", "sealed"],
    "Q": ["EXPIRED", ""],
    "L": ["STOP", "detained"],
    "D": ["STOP", "use-stopped"],
    "E": ["REVOKED", "cancelled"],
    "P": ["REVOKED", "voided"],
    "C": ["WANTED", ""],
    "B": ["UNSURE", "transferred-out"],
}
LICENCE_LETTERS = {
    "A": ["GO", ""],
    "B": ["STOP", "points-full"],
    "D": ["STOP", "held"],
    "F": ["REVOKED", "withdrawn"],
    "H": ["GO+", "violation"],
    "N": ["STOP", "extended"],
    "P": ["STOP", "extended"],
    "T": ["STOP", "extended"],
}
DRIVER: dict[int, Any] = {
    Field.KIND: 2,
    Field.WAYS: int(Ways.LIVE),
    Field.STATUS: [11, 6],
    Field.LETTERS: "A",
    Field.AUTHORITY: 110100,
    Field.NAME: "王*",
    Field.ID_TAIL: "123X",
    Field.CLASSES: "C1",
    Field.FIRST_ISSUED: TODAY - 2000,
    Field.VALID_UNTIL: TODAY + 1500,
    Field.BAR_CODE: "1101234567890",
}
DELEGATED: dict[int, Any] = LICENCE | {
    Field.KIND: 4,
    Field.DELEGATION: {1: "李*", 2: "0017", 3: ["驾驶"], 4: TODAY - 1, 5: TODAY + 2, 6: [11, 7], 7: 1},
}
TAG: dict[int, Any] = {key: value for key, value in MARK.items() if key not in (Field.KIND, Field.WAYS)} | {
    Field.KIND: 5,
    Field.WAYS: int(Ways.PRINTED),
    Field.TAG_ID: b"\x00TAG0001",
    Field.INSURED_UNTIL: TODAY + 100,
}

POLICE = Profile(
    name="police",
    accepts=(
        (Kind.INSPECTION_MARK, (Way.LIVE, Way.DOWNLOADED, Way.PRINTED)),
        (Kind.VEHICLE_LICENCE, (Way.LIVE,)),
        (Kind.DRIVING_LICENCE, (Way.LIVE,)),
        (Kind.DELEGATED_VEHICLE_LICENCE, (Way.LIVE,)),
        (Kind.EVI_TAG, (Way.PRINTED,)),
    ),
    asks_for=Kind.INSPECTION_MARK,
    wanted=True,
    discreet=True,
)


@dataclass
class World:
    anchor: Key = field(default_factory=lambda: Key.es256(1001))
    issuer: Key = field(default_factory=lambda: Key.es256(2002))
    lister: Key = field(default_factory=lambda: Key.es256(3003))
    holder: Key = field(default_factory=lambda: Key.es256(4004))
    states: dict[int, int] = field(default_factory=dict)
    status_issued: int = NOW - 3600
    letters: dict[str, Any] = field(default_factory=lambda: dict(VEHICLE_LETTERS))
    environment: str = "demo"
    rules_from: int = TODAY - 1000
    calendar: dict[int, Any] = field(default_factory=lambda: {2026: [[], []]})
    key_changes: dict[int, Any] = field(default_factory=dict)
    more_keys: list[dict[int, Any]] = field(default_factory=list)
    version: int = 7
    rules_version: int = 3

    def key_record(self, key: Key, uses: list[str], **_: Any) -> dict[int, Any]:
        return {
            KeyField.KID: key.kid,
            KeyField.ALG: key.alg,
            KeyField.PUBLIC: key.public,
            KeyField.USES: uses,
            KeyField.REGIONS: ["11"],
            KeyField.SIGNS_FROM: NOW - 400 * DAY,
            KeyField.SIGNS_UNTIL: NOW + 400 * DAY,
            KeyField.TRUSTED_UNTIL: NOW + 800 * DAY,
            KeyField.NAME_ZH: "北京交管",
            KeyField.NAME_EN: "Beijing",
        }

    def anchors(self) -> list[Anchor]:
        uses = frozenset({"trust", "rules"})
        return [Anchor(self.environment, "test", self.anchor.kid, self.anchor.alg, self.anchor.public, uses)]

    def _token(self, key: Key, type_: str, claims: dict[int, Any]) -> bytes:
        return sign1(key, {1: key.alg, 4: key.kid, 16: type_}, dumps(claims))

    def trust_cwt(self, **changes: Any) -> bytes:
        keys = [
            self.key_record(self.issuer, [kind.value for kind in Kind]) | self.key_changes,
            self.key_record(self.lister, ["status"]),
            *self.more_keys,
        ]
        body = {TrustField.VERSION: self.version, TrustField.ENVIRONMENT: self.environment, TrustField.KEYS: keys}
        claims = {Claim.EXP: NOW + 90 * DAY, Claim.IAT: NOW - 7200, Claim.TRUST: body} | changes
        return self._token(self.anchor, "application/yanma-trust+cwt", claims)

    def rules_cwt(self) -> bytes:
        body = {
            RulesField.VERSION: self.rules_version,
            RulesField.EDITIONS: self.editions(),
            RulesField.CALENDAR: self.calendar,
        }
        claims = {Claim.EXP: NOW + 900 * DAY, Claim.IAT: NOW - 7200, Claim.RULES: body}
        return self._token(self.anchor, "application/yanma-rules+cwt", claims)

    def editions(self) -> list[dict[int, Any]]:
        return [
            {
                EditionField.FROM: self.rules_from,
                EditionField.NOTICE_DAYS: 90,
                EditionField.VEHICLE_LETTERS: self.letters,
                EditionField.LICENCE_LETTERS: LICENCE_LETTERS,
                EditionField.CLASSES: {"A1": ["B1", "C1"], "C1": ["C2"], "C2": [], "D": ["E"]},
                EditionField.PERIODS: [[1, 0, 72, 24, False], [1, 72, 1200, 12, True], [2, 0, 1200, 12, True]],
            }
        ]

    def status_cwt(self, number: int = 11, size: int = 64) -> bytes:
        entries = bytearray(size // 2)
        for index, state in self.states.items():
            entries[index >> 1] |= state << (4 * (index & 1))
        claims = {
            Claim.SUB: f"urn:yanma:status:{number}",
            Claim.EXP: self.status_issued + 30 * DAY,
            Claim.IAT: self.status_issued,
            Claim.TTL: 900,
            Claim.STATUS_LIST: {"bits": 4, "lst": zlib.compress(bytes(entries), 9)},
        }
        return self._token(self.lister, "application/statuslist+cwt", claims)

    def trust(self) -> TrustView:
        return build_view(self.anchors(), self.environment, self.trust_cwt(), self.rules_cwt(), [self.status_cwt()])

    def credential(
        self,
        document: Mapping[int, Any] = MARK,
        *,
        key: Key | None = None,
        claims: Mapping[int, Any] | None = None,
        drop: tuple[int, ...] = (),
    ) -> bytes:
        """The COSE bytes of one credential; `claims` replaces or adds, `drop` leaves out."""
        key = key or self.issuer
        live = document.get(Field.WAYS, 0) & Ways.LIVE
        body: dict[int, Any] = {
            Claim.EXP: (document.get(Field.INSPECTED_UNTIL, TODAY) + 1) * DAY - 8 * 3600,
            Claim.NBF: NOW - 10 * DAY,
            Claim.IAT: NOW - 10 * DAY,
            Claim.CTI: b"\x01\x02\x03\x04\x05\x06\x07\x08",
            Claim.DOCUMENT: dict(document),
        }
        if live:
            body[Claim.CNF] = self.holder.cnf
        body |= claims or {}
        for claim in drop:
            del body[claim]
        return sign1(key, {1: key.alg, 4: key.kid}, dumps(body))

    def live(
        self, inner: bytes | None = None, *, made: int = NOW - 5, holder: Key | None = None, nonce: bytes = b"nonce-01"
    ) -> bytes:
        holder = holder or self.holder
        inner = inner if inner is not None else self.credential(MARK | {Field.WAYS: int(Ways.LIVE)})
        return sign1(holder, {1: holder.alg}, dumps({6: made, 10: nonce, -70002: inner}))

    def server_live(self, document: Mapping[int, Any] = LICENCE, *, made: int = NOW - 5, life: int = 60) -> bytes:
        claims = {Claim.EXP: made + life, Claim.NBF: made, Claim.IAT: made}
        return self.credential(document, claims=claims, drop=(Claim.CNF,))


def judge(
    world: World,
    cose: bytes,
    *,
    at: float = NOW,
    doubt: float = 1.0,
    profile: Profile = POLICE,
    moment: Moment | None = None,
    reads: int = 2,
    second: SecondOpinion = SecondOpinion.AGREES,
) -> Verdict:
    """The verdict of a credential's bytes, shown as a code that was read twice."""
    scan = Scan(text(cose), "test", 0.0, reads=reads, second=second)
    verdict = verify(scan, world.trust(), moment or Moment.exactly(at, doubt), profile)
    require_well_formed(verdict)
    return verdict


#: What an outcome may argue for: a good check only for a pass, a bad one for no pass, an unknown one for no certainty.
_ARGUES_FOR = {
    Outcome.GOOD: {Family.GO, Family.GO_NOTICE},
    Outcome.BAD: {Family.STOP, Family.ALERT, Family.RETRY},
    Outcome.UNKNOWN: {Family.UNSURE, Family.RETRY},
    Outcome.SKIPPED: set(),
}


def require_well_formed(verdict: Verdict) -> None:
    """What holds for every verdict, whatever was shown."""
    assert [check.name for check in verdict.checks] == list(CheckName)
    for check in verdict.checks:
        assert check.reason is None or check.reason.family in _ARGUES_FOR[check.outcome], check
        assert check.reason is not None or check.outcome in (Outcome.GOOD, Outcome.SKIPPED), check
    reasons = {check.reason for check in verdict.checks} | {Reason.VALID}
    assert verdict.reason in reasons
    assert verdict.family is verdict.reason.family
    worst = min((reason.family for reason in reasons if reason is not None), key=SEVERITY.index)
    assert verdict.family is worst
    assert verdict.facts.demo is True
    assert (verdict.decoder, verdict.trust_version, verdict.rules_version) == ("test", 7, 3)
    assert verdict.ages.trust_s is not None
    assert verdict.ages.trust_s >= 0
    leaders = [check for check in verdict.checks if check.reason is verdict.reason]
    if leaders:
        assert verdict.facts.word is leaders[0].word
    held = any(check.name is CheckName.SIGNATURE and check.outcome is Outcome.GOOD for check in verdict.checks)
    assert held or verdict.sighting is None
    assert verdict.identity == (verdict.sighting.identity if verdict.sighting else None)
