"""Cases about signatures and about the keys that made them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from firmware.model import Kind, Reason, Word
from firmware.verify.wire import Alg, Claim, Field, Header
from issuer import sm2
from issuer.cose import Map, encode, join1, split1
from issuer.dates import DAY_S
from issuer.vectors import signers
from issuer.vectors.case import ALL, CARS, DRIVING, MARK, Case, spread
from issuer.vectors.changes import claim_at, field, flip, made, signed_by, signed_with, swap
from issuer.vectors.papers import BAR_CODE
from issuer.vectors.workshop import CTI, BytesChange, Draft, Spoilers, credential_of

_BAD: Final = Reason.BAD_SIGNATURE
_UNKNOWN: Final = Reason.UNKNOWN_ISSUER
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_STRANGER: Final = signers.key(signers.STRANGER)


def _signature(change: BytesChange) -> Spoilers:
    def changed(cose: bytes) -> bytes:
        header, payload, signature = split1(cose)
        return join1(header, payload, change(signature))

    return Spoilers(credential=changed)


def _other_s(signature: bytes) -> bytes:
    """(r, n - s): an ECDSA signature has two forms, and both verify (RFC 9053, 2.1; no rule asks for the lower s)."""
    s = _P256_ORDER - int.from_bytes(signature[32:], "big")
    return signature[:32] + s.to_bytes(32, "big")


def _alg(number: int) -> Spoilers:
    def changed(header: Map) -> Map:
        return header | {Header.ALG: number}

    return Spoilers(header=changed)


def _of_another(draft: Draft) -> Spoilers:
    other = split1(credential_of(draft.with_claims({Claim.CTI: CTI[::-1]})))[2]
    return _signature(lambda _signature: other)


def _stolen_signature(kind: Kind) -> Case:
    """A case whose spoiler depends on the kind's own good draft."""
    good = Case("good", "", Reason.VALID).draft(kind)
    return Case(
        "signature-of-another-credential",
        "A genuine signature of another credential",
        _BAD,
        spoil=_of_another(good),
        kinds=frozenset({kind}),
    )


def _no_leading_zeros(draft: Draft) -> Draft:
    """Authority 000011, signed by the office of region 11."""
    return draft.with_fields({Field.AUTHORITY: 11})


def _twin(draft: Draft) -> Draft:
    return replace(draft, signer=signers.listed("twin-two"))


_SIGNATURES: Final = (
    Case("flipped-bit-signature", "One bit of the signature flipped", _BAD, spoil=_signature(flip(-20))),
    Case(
        "flipped-bit-payload",
        "One bit of the credential id flipped",
        _BAD,
        spoil=Spoilers(credential=swap(CTI, flip(3)(CTI))),
    ),
    Case(
        "flipped-bit-kid",
        "One bit of the kid flipped: a key that nobody listed",
        _UNKNOWN,
        Word.NO_KEY,
        spoil=Spoilers(
            credential=swap(encode(signers.listed("beijing").kid), encode(flip(2)(signers.listed("beijing").kid)))
        ),
    ),
    Case(
        "flipped-bit-alg",
        "One bit of the algorithm flipped: -9 becomes -10",
        _BAD,
        spoil=Spoilers(credential=swap(b"\xa2\x01\x28", b"\xa2\x01\x29")),
    ),
    Case("signature-of-zeros", "64 zero bytes as the signature", _BAD, spoil=_signature(lambda _data: bytes(64))),
    Case("signature-with-r-zero", "r = 0", _BAD, spoil=_signature(lambda data: bytes(32) + data[32:])),
    Case(
        "signature-with-s-over-the-order",
        "s = the order of the curve",
        _BAD,
        spoil=_signature(lambda data: data[:32] + _P256_ORDER.to_bytes(32, "big")),
    ),
    Case("signature-halves-swapped", "s || r", _BAD, spoil=_signature(lambda data: data[32:] + data[:32])),
    Case(
        "signature-in-its-other-form",
        "(r, n - s): the same credential, and it holds; bytes are no identity",
        Reason.VALID,
        spoil=_signature(_other_s),
    ),
    Case("other-context", "Signed under the context Signature", _BAD, spoil=Spoilers(context="Signature")),
    Case("external-data", "Signed with external data", _BAD, spoil=Spoilers(aad=b"\x00")),
    Case(
        "altered-plate",
        "Another plate in the signed bytes",
        _BAD,
        spoil=Spoilers(credential=swap("京A12345".encode(), "京A12346".encode())),
        kinds=CARS,
    ),
    Case(
        "altered-bar-code",
        "Another bar code in the signed bytes",
        _BAD,
        spoil=Spoilers(credential=swap(BAR_CODE.encode(), b"1101234567891")),
        kinds=DRIVING,
    ),
    *(_stolen_signature(kind) for kind in Kind),
)
_KEYS: Final = (
    Case("self-made-key", "Signed with a self-made key", _UNKNOWN, Word.NO_KEY, (signed_with(_STRANGER),)),
    Case(
        "self-made-key-known-kid",
        "Signed with a self-made key under the kid of a listed one",
        _BAD,
        changes=(signed_with(signers.with_kid_of(signers.listed("beijing"), signers.STRANGER)),),
    ),
    Case(
        "key-not-for-kind",
        "A key for marks alone",
        _UNKNOWN,
        Word.KEY_NOT_FOR_KIND,
        (signed_by("marks-only"),),
        kinds=ALL - MARK,
    ),
    Case(
        "key-not-for-kind",
        "A key for all but marks",
        _UNKNOWN,
        Word.KEY_NOT_FOR_KIND,
        (signed_by("licences-only"),),
        kinds=MARK,
    ),
    Case(
        "key-not-for-region",
        "A key of Shanghai on a document of Beijing",
        _UNKNOWN,
        Word.KEY_NOT_FOR_REGION,
        (signed_by("shanghai"),),
    ),
    Case(
        "region-is-a-prefix-of-six-digits",
        "Authority 000011 is not of region 11",
        _UNKNOWN,
        Word.KEY_NOT_FOR_REGION,
        (_no_leading_zeros,),
    ),
    Case(
        "key-signs-ended",
        "Issued after its key stopped signing",
        _UNKNOWN,
        Word.KEY_ENDED,
        (signed_by("stopped-signing"),),
    ),
    Case(
        "key-signs-not-begun",
        "Issued before its key begins to sign",
        _UNKNOWN,
        Word.KEY_ENDED,
        (signed_by("signs-from-tomorrow"),),
    ),
    Case(
        "key-signed-in-its-last-second",
        "Issued in the last second in which its key signed",
        Reason.VALID,
        changes=(signed_by("stopped-signing"), claim_at(Claim.IAT, -60 * DAY_S)),
    ),
    Case(
        "key-signed-a-second-too-late",
        "Issued in the first second in which its key no longer signed",
        _UNKNOWN,
        Word.KEY_ENDED,
        (signed_by("stopped-signing"), claim_at(Claim.IAT, -60 * DAY_S + 1)),
    ),
    Case(
        "key-trust-ended",
        "Its key was trusted until a second ago",
        _UNKNOWN,
        Word.KEY_ENDED,
        (signed_by("trust-ended"),),
    ),
    Case(
        "key-trust-ends-this-second",
        "Its key is trusted until this second",
        Reason.VALID,
        changes=(signed_by("trust-ends-now"),),
    ),
    Case(
        "two-keys-one-kid-first-signs",
        "The first of two keys with one kid",
        Reason.VALID,
        changes=(signed_by("twin-one"),),
    ),
    Case("two-keys-one-kid-second-signs", "The second of two keys with one kid", Reason.VALID, changes=(_twin,)),
    Case(
        "status-key-signs",
        "Signed with the key of the status list",
        _UNKNOWN,
        Word.NO_KEY,
        (signed_by(signers.LISTER),),
    ),
    Case("alg-confusion", "Names Ed25519; our record of its key says ES256", _BAD, spoil=_alg(Alg.ED25519)),
    Case("alg-es384", "Names ES384; our record of its key says ES256", _BAD, spoil=_alg(Alg.ES384)),
    Case("alg-unknown", "Names an algorithm that nobody has", _BAD, spoil=_alg(-999)),
    Case("alg-none", "Names algorithm 0", _BAD, spoil=_alg(0)),
    Case("alg-older-number", "ES256 by its older number -7", Reason.VALID, spoil=_alg(Alg.ES256_OLD)),
)
_OTHER_ALGORITHMS: Final = tuple(
    replace(case, name=f"{case.name}-{label}", title=f"{case.title}, {label}", alg=alg)
    for alg, label in ((Alg.ED25519, "ed25519"), (Alg.SM2_SM3, "sm2"))
    for case in (
        Case("good", "A good code", Reason.VALID),
        Case("flipped-bit-signature", "One bit of the signature flipped", _BAD, spoil=_signature(flip(-20))),
        Case("signature-of-zeros", "64 zero bytes as the signature", _BAD, spoil=_signature(lambda _data: bytes(64))),
    )
)
_SM2_ID: Final = (
    Case(
        "alg-number-of-ml-dsa",
        "Names -48, which is ML-DSA-44 and was never SM2",
        _BAD,
        alg=Alg.SM2_SM3,
        spoil=_alg(Alg.ML_DSA_44),
    ),
    Case(
        "signature-with-s-over-the-order-sm2",
        "s = the order of the curve, SM2",
        _BAD,
        alg=Alg.SM2_SM3,
        spoil=_signature(lambda data: data[:32] + sm2.ORDER.to_bytes(32, "big")),
    ),
    Case(
        "good-eddsa-older-number",
        "Ed25519 by its older number -8",
        Reason.VALID,
        alg=Alg.ED25519,
        spoil=_alg(Alg.EDDSA),
    ),
)
_CASES: Final = (
    Case("good", "A good code", Reason.VALID),
    *_SIGNATURES,
    *_KEYS,
    *_OTHER_ALGORITHMS,
    *_SM2_ID,
    Case("good-made-now", "Made in this second", Reason.VALID, changes=(made(0),), kinds=ALL - MARK - {Kind.EVI_TAG}),
    Case(
        "compound-surname",
        "A masked name of two characters",
        Reason.VALID,
        changes=(field(Field.NAME, "欧阳*"),),
        kinds=DRIVING,
    ),
)
CASES: Final = spread(
    _CASES,
    "good good-ed25519 good-sm2 flipped-bit-signature flipped-bit-signature-ed25519 flipped-bit-signature-sm2 "
    "flipped-bit-payload flipped-bit-kid flipped-bit-alg signature-in-its-other-form altered-plate self-made-key "
    "self-made-key-known-kid key-not-for-region key-signs-ended key-trust-ended two-keys-one-kid-second-signs alg-confusion",
)
