"""Believed bytes -> Credential: the CWT claims, strictly. A Credential exists only for bytes whose signature held."""

from __future__ import annotations

from hashlib import sha256
from typing import Final, NamedTuple

from firmware.model import Way
from firmware.verify import cbor, wire
from firmware.verify.algorithms import ALGORITHMS
from firmware.verify.algorithms.base import Verifier
from firmware.verify.document import Document, kind_of, parse_document
from firmware.verify.envelope import LiveLayer
from firmware.verify.errors import MalformedError
from firmware.verify.kinds import KINDS
from firmware.verify.kinds.base import KindRule
from firmware.verify.trust import IssuerKey
from firmware.verify.wire import Claim, CoseKeyLabel, Crv, Kty

# Plain integers: on Python 3.11 each mention of an enumeration's member costs as much as a dictionary look-up.
_EXP, _NBF, _IAT, _CTI = int(Claim.EXP), int(Claim.NBF), int(Claim.IAT), int(Claim.CTI)
_CNF, _DOCUMENT = int(Claim.CNF), int(Claim.DOCUMENT)
_REQUIRED: Final = frozenset({_EXP, _NBF, _IAT, _CTI, _DOCUMENT})
_WITH_HOLDER: Final = _REQUIRED | {_CNF}
_LIVE: Final = Way.LIVE
_COORDINATE_BYTES: Final = 32


class UnsupportedError(MalformedError):
    """A genuine document of a kind that this firmware does not know: newer than the firmware, not wrong."""


class Believed(NamedTuple):
    """Bytes whose signature held under one of our key records. Made by `signature.believe` alone."""

    payload: bytes
    live: LiveLayer | None
    key: IssuerKey


class HolderKey(NamedTuple):
    """The key that the issuer bound to the credential (RFC 8747), for its live layer."""

    alg: wire.Alg
    verify: Verifier
    thumbprint: bytes


class Credential(NamedTuple):
    """What a believed credential says. Instants in UTC seconds."""

    believed: Believed
    exp_s: int
    nbf_s: int
    iat_s: int
    cti: bytes
    holder: HolderKey | None
    document: Document
    rule: KindRule


def parse_credential(believed: Believed) -> Credential:
    """The credential in believed bytes. Raises UnsupportedError for an unknown kind, MalformedError for anything off."""
    claims = cbor.decode(believed.payload)
    if not isinstance(claims, dict):
        raise MalformedError("the claims are no map")
    present = claims.keys()
    body = claims.get(_DOCUMENT)
    if present not in (_REQUIRED, _WITH_HOLDER) or not isinstance(body, dict):
        raise MalformedError("other claims than the profile has")
    cti = claims[_CTI]
    if type(cti) is not bytes or len(cti) != wire.CTI_BYTES:
        raise MalformedError("the credential id has the wrong size")
    nbf, exp = _instant(claims[_NBF]), _instant(claims[_EXP])
    if not nbf < exp:
        raise MalformedError("the credential ends before it begins")
    kind = kind_of(body)
    rule = KINDS.get(kind) if kind else None
    if rule is None:
        raise UnsupportedError("a kind of document that this firmware does not know")
    document = parse_document(body, rule.kind, rule.fields)
    cnf = claims.get(_CNF)
    if cnf is not None and _LIVE not in document.ways:
        raise MalformedError("a holder key on a document that is never shown live")
    if cnf is None and _LIVE in document.ways and (len(document.ways) > 1 or exp - nbf > wire.LIVE_S):
        raise MalformedError("shown live, with neither a holder key nor a life of 60 s")
    return Credential(
        believed=believed,
        exp_s=exp,
        nbf_s=nbf,
        iat_s=_instant(claims[_IAT]),
        cti=cti,
        holder=None if cnf is None else _holder(cnf),
        document=document,
        rule=rule,
    )


def _instant(value: cbor.Value) -> int:
    if type(value) is not int or not 0 <= value <= wire.MAX_NUMERIC_DATE:
        raise MalformedError("an instant that is none")
    return value


_EC2_LABELS: Final = frozenset(int(label) for label in CoseKeyLabel)
_OKP_LABELS: Final = _EC2_LABELS - {int(CoseKeyLabel.Y)}
_ALG_OF_CURVE: Final[dict[tuple[int, int], wire.Alg]] = {
    (Kty.EC2, Crv.P256): wire.Alg.ES256,
    (Kty.EC2, Crv.SM2): wire.Alg.SM2_SM3,
    (Kty.OKP, Crv.ED25519): wire.Alg.ED25519,
}


def _holder(value: cbor.Value) -> HolderKey:
    key = value.get(wire.CNF_COSE_KEY) if isinstance(value, dict) and len(value) == 1 else None
    if not isinstance(key, dict):
        raise MalformedError("the holder key is not one COSE_Key")
    kty, crv, x, y = (key.get(label) for label in CoseKeyLabel)
    alg = _ALG_OF_CURVE.get((kty, crv)) if type(kty) is int and type(crv) is int else None
    if alg is None or frozenset(key) != (_EC2_LABELS if kty == Kty.EC2 else _OKP_LABELS):
        raise MalformedError("a holder key of a form that the profile does not have")
    if type(x) is not bytes or len(x) != _COORDINATE_BYTES or (kty == Kty.EC2 and type(y) is not bool):
        raise MalformedError("a holder key whose coordinates have the wrong form")
    public = bytes((3 if y else 2,)) + x if kty == Kty.EC2 else x
    try:
        return HolderKey(alg, ALGORITHMS[alg].load(public), sha256(public).digest()[:16])
    except ValueError as error:
        raise MalformedError("a holder key that is not on its curve") from error
