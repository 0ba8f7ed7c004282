"""A hundred hostile COSE messages, by name: what is wrong with each, and the reason that the door must give.

Every one is signed by a key of the trust list over exactly the bytes that it carries, wherever it has a signature at all: a
reader that forgives its form would let it pass. Two libraries of this field took 25 and 18 of 60 messages like these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from firmware.model import Reason
from tests.world import Key, World, dumps

WORLD: Final = World()
KEY: Final = WORLD.issuer
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PAYLOAD: Final = cbor2.loads(WORLD.credential()).value[2]
PROTECTED: Final = dumps({1: KEY.alg, 4: KEY.kid})
NONE: Final = b"\xf6"


def head(major: int, length: int) -> bytes:
    """The shortest head."""
    data = cbor2.dumps(length)
    return bytes((data[0] | major << 5,)) + data[1:]


def bstr(data: bytes) -> bytes:
    return head(2, len(data)) + data


def tstr(data: bytes) -> bytes:
    return head(3, len(data)) + data


@dataclass(frozen=True)
class Parts:
    """The encoded parts of one message; `signs` are the protected bytes and the payload that its signature covers."""

    front: bytes = b"\xd2\x84"
    protected: bytes = bstr(PROTECTED)
    unprotected: bytes = b"\xa0"
    payload: bytes = bstr(PAYLOAD)
    signature: bytes | None = None
    end: bytes = b""
    signs: tuple[bytes, bytes] = (PROTECTED, PAYLOAD)
    key: Key = KEY

    @property
    def raw_signature(self) -> bytes:
        return self.key.sign(dumps(["Signature1", self.signs[0], b"", self.signs[1]]))

    def build(self) -> bytes:
        signature = bstr(self.raw_signature) if self.signature is None else self.signature
        return self.front + self.protected + self.unprotected + self.payload + signature + self.end


GOOD: Final = Parts()
COSE: Final = GOOD.build()


def protected(data: bytes, **more: Any) -> bytes:
    """With other protected bytes, signed as they are."""
    return replace(GOOD, protected=bstr(data), signs=(data, PAYLOAD), **more).build()


def header(fields: dict[Any, Any], **more: Any) -> bytes:
    return protected(dumps(fields), **more)


def payload(item: bytes, signed: bytes = PAYLOAD) -> bytes:
    return replace(GOOD, payload=item, signs=(PROTECTED, signed)).build()


def signature(item: bytes) -> bytes:
    return replace(GOOD, signature=item).build()


def pair(*items: bytes) -> bytes:
    """A map of one or two pairs out of its encoded keys and values, in the order given."""
    return head(5, len(items) // 2) + b"".join(items)


RAW: Final = GOOD.raw_signature
R, S = int.from_bytes(RAW[:32], "big"), int.from_bytes(RAW[32:], "big")
ALG, KID = dumps(KEY.alg), dumps(KEY.kid)
AGREED: Final = {1: KEY.alg, 4: KEY.kid}
LONG_HEAD: Final = b"\x59" + len(PAYLOAD).to_bytes(2, "big")
ZERO, N = bytes(32), ORDER.to_bytes(32, "big")

_TAGS: Final = {
    "no-tag": COSE[1:],
    "tag-98-cose-sign": b"\xd8\x62" + COSE[1:],
    "tag-17-mac0": b"\xd1" + COSE[1:],
    "tag-16-encrypt0": b"\xd0" + COSE[1:],
    "tag-twice": b"\xd2" + COSE,
    "tag-61-around": b"\xd8\x3d" + COSE,
    "tag-55799-around": b"\xd9\xd9\xf7" + COSE,
    "tag-24-around-bytes": b"\xd8\x18" + bstr(COSE),
    "tag-in-two-bytes": b"\xd8\x12" + COSE[1:],
    "tag-in-three-bytes": b"\xd9\x00\x12" + COSE[1:],
    "tag-in-nine-bytes": b"\xdb" + bytes(7) + b"\x12" + COSE[1:],
    "in-bytes": bstr(COSE),
    "in-bytes-twice": bstr(bstr(COSE)),
    "in-text": tstr(COSE.hex().encode()),
    "in-an-array": b"\x81" + COSE,
    "tagged-bytes": b"\xd2" + bstr(COSE[1:]),
}
_ARRAYS: Final = {
    "array-of-3": b"\xd2\x83" + COSE[2 : -2 - 64],
    "array-of-4-with-3": COSE[: -2 - 64],
    "array-of-5-with-nil": b"\xd2\x85" + COSE[2:] + NONE,
    "array-of-5-with-second-signature": b"\xd2\x85" + COSE[2:] + bstr(RAW),
    "array-of-5-with-4": b"\xd2\x85" + COSE[2:],
    "array-of-0": b"\xd2\x80",
    "array-indefinite": b"\xd2\x9f" + COSE[2:] + b"\xff",
    "array-with-long-head": b"\xd2\x98\x04" + COSE[2:],
    "array-with-longest-head": b"\xd2\x9b" + bytes(7) + b"\x04" + COSE[2:],
    "array-of-2-to-the-64": b"\xd2\x9b" + b"\xff" * 8 + COSE[2:],
    "map-instead": b"\xd2" + pair(b"\x00", bstr(PROTECTED), b"\x01", bstr(PAYLOAD)),
    "cose-sign-under-tag-18": b"\xd2\x84" + bstr(b"") + b"\xa0" + bstr(PAYLOAD) + b"\x81" + COSE[1:],
    "nested-in-itself": b"\xd2\x84" + COSE[1:] + b"\xa0" + bstr(PAYLOAD) + bstr(RAW),
}
_PROTECTED: Final = {
    "protected-is-a-map": replace(GOOD, protected=PROTECTED).build(),
    "protected-is-bytes-of-bytes": protected(bstr(PROTECTED)),
    "protected-is-an-array": protected(dumps([1, KEY.alg, 4, KEY.kid])),
    "protected-is-nil": replace(GOOD, protected=NONE).build(),
    "protected-is-bytes-of-nil": protected(NONE),
    "protected-is-text": replace(GOOD, protected=tstr(b"alg")).build(),
    "protected-empty-all-unprotected": protected(b"", unprotected=PROTECTED),
    "protected-empty-map-all-unprotected": replace(
        GOOD, protected=b"\x41\xa0", unprotected=PROTECTED, signs=(b"", PAYLOAD)
    ).build(),
    "protected-with-trailing-byte": protected(PROTECTED + b"\x00"),
    "protected-with-second-map": protected(PROTECTED + PROTECTED),
    "protected-indefinite-map": protected(b"\xbf" + PROTECTED[1:] + b"\xff"),
    "protected-indefinite-bytes": replace(GOOD, protected=b"\x5f" + bstr(PROTECTED) + b"\xff").build(),
    "protected-bytes-with-long-head": replace(GOOD, protected=b"\x58" + bytes((len(PROTECTED),)) + PROTECTED).build(),
    "protected-map-with-long-head": protected(b"\xb8\x02" + PROTECTED[1:]),
    "protected-alg-twice": protected(b"\xa3\x01" + ALG + b"\x01" + ALG + b"\x04" + KID),
    "protected-alg-twice-second-other": protected(b"\xa3\x01" + ALG + b"\x01\x05\x04" + KID),
    "protected-out-of-order": protected(pair(b"\x04", KID, b"\x01", ALG)),
    "protected-label-with-long-head": protected(pair(b"\x18\x01", ALG, b"\x04", KID)),
    "protected-alg-with-long-head": protected(pair(b"\x01", b"\x38\x08", b"\x04", KID)),
    "protected-crit-of-alg": header({**AGREED, 2: [1]}),
    "protected-crit-of-unknown": header({**AGREED, 2: [-65000], -65000: 1}),
    "protected-crit-empty": header({**AGREED, 2: []}),
    "protected-content-type": header({**AGREED, 3: 60}),
    "protected-iv": header({**AGREED, 5: bytes(8)}),
    "protected-type": header({**AGREED, 16: "application/yanma-trust+cwt"}),
    "protected-x5chain": header({**AGREED, 33: b"certificate"}),
    "protected-x5u": header({**AGREED, 35: "https://example.org/key"}),
    "protected-cwt-claims": header({**AGREED, 15: {1: "issuer"}}),
    "protected-private-label": header({**AGREED, -70001: 1}),
    "protected-text-label": header({**AGREED, "alg": "ES256"}),
    "protected-only-text-labels": header({"alg": KEY.alg, "kid": KEY.kid}),
    "protected-float-label": protected(b"\xa3\x01" + ALG + b"\x04" + KID + b"\xf9\x3c\x00\x01"),
    "protected-tag-inside": protected(pair(b"\x01", ALG, b"\x04", b"\xd8\x18" + KID)),
    "protected-nested-deep": protected(b"\xa3\x01" + ALG + b"\x04" + KID + b"\x05" + b"\x81" * 200 + b"\x00"),
}
_ALG_MALFORMED: Final = {
    "alg-text": header({1: "ES256", 4: KEY.kid}),
    "alg-nil": header({1: None, 4: KEY.kid}),
    "alg-true": header({1: True, 4: KEY.kid}),
    "alg-bytes": header({1: b"\x28", 4: KEY.kid}),
    "alg-array": header({1: [KEY.alg], 4: KEY.kid}),
    "alg-map": header({1: {1: KEY.alg}, 4: KEY.kid}),
    "alg-float": protected(pair(b"\x01", b"\xf9\xc8\x80", b"\x04", KID)),
    "alg-bignum": protected(pair(b"\x01", b"\xc3\x41\x08", b"\x04", KID)),
    "alg-undefined": protected(pair(b"\x01", b"\xf7", b"\x04", KID)),
    "alg-missing": header({4: KEY.kid}),
}
_ALG_OTHER: Final = {
    f"alg-{name}": header({1: number, 4: KEY.kid})
    for name, number in {
        "0": 0,
        "1": 1,
        "hmac": 5,
        "unregistered": -999,
        "eddsa": -8,
        "es384": -35,
        "es512": -36,
        "ps256": -37,
        "es256k": -47,
        "ml-dsa-44": -48,
        "sm2": -65537,
        "greatest": (1 << 64) - 1,
        "least": -(1 << 64),
        "2-to-the-32-over": KEY.alg - (1 << 32),
    }.items()
}
_KID: Final = {
    "kid-text": header({1: KEY.alg, 4: "issuer01"}),
    "kid-int": header({1: KEY.alg, 4: 1}),
    "kid-nil": header({1: KEY.alg, 4: None}),
    "kid-array": header({1: KEY.alg, 4: [KEY.kid]}),
    "kid-in-bytes-twice": header({1: KEY.alg, 4: bstr(KEY.kid)}),
    "kid-empty": header({1: KEY.alg, 4: b""}),
    "kid-of-7": header({1: KEY.alg, 4: KEY.kid[:7]}),
    "kid-of-9": header({1: KEY.alg, 4: KEY.kid + b"\x00"}),
    "kid-missing": header({1: KEY.alg}),
    "kid-only-unprotected": header({1: KEY.alg}, unprotected=dumps({4: KEY.kid})),
}
_UNPROTECTED: Final = {
    f"unprotected-{name}": replace(GOOD, unprotected=item).build()
    for name, item in {
        "alg-too": dumps({1: KEY.alg}),
        "other-alg": dumps({1: 5}),
        "kid-too": dumps({4: KEY.kid}),
        "other-kid": dumps({4: bytes(8)}),
        "crit": dumps({2: [1]}),
        "counter-signature": dumps({7: [PROTECTED, {}, RAW]}),
        "counter-signature-short": dumps({9: RAW}),
        "counter-signature-v2": dumps({11: [PROTECTED, {}, RAW]}),
        "counter-signature-short-v2": dumps({12: RAW}),
        "x5chain": dumps({33: b"certificate"}),
        "private-label": dumps({-70001: 1}),
        "text-label": dumps({"note": "x"}),
        "is-nil": NONE,
        "is-bytes": bstr(b"\xa0"),
        "is-an-array": b"\x80",
        "indefinite": b"\xbf\xff",
        "with-long-head": b"\xb8\x00",
        "of-2-to-the-64": b"\xbb" + b"\xff" * 8,
    }.items()
}
_PAYLOAD: Final = {
    "payload-nil": payload(NONE, b""),
    "payload-empty": payload(b"\x40", b""),
    "payload-is-a-map": payload(PAYLOAD),
    "payload-is-text": payload(tstr(PAYLOAD)),
    "payload-indefinite": payload(b"\x5f" + bstr(PAYLOAD) + b"\xff"),
    "payload-with-long-head": payload(b"\x5a" + len(PAYLOAD).to_bytes(4, "big") + PAYLOAD),
    "payload-of-2-to-the-64": payload(b"\x5b" + b"\xff" * 8 + PAYLOAD),
    "payload-tagged": payload(b"\xd8\x18" + bstr(PAYLOAD)),
    "payload-under-tag-18": payload(b"\xd2" + bstr(PAYLOAD)),
}
_SIGNATURE: Final = {
    "signature-nil": signature(NONE),
    "signature-empty": signature(b"\x40"),
    "signature-of-63": signature(bstr(RAW[:-1])),
    "signature-of-65": signature(bstr(RAW + b"\x00")),
    "signature-of-65-in-front": signature(bstr(b"\x00" + RAW)),
    "signature-of-96": signature(bstr(RAW + ZERO)),
    "signature-der": signature(bstr(encode_dss_signature(R, S))),
    "signature-text": signature(tstr(RAW)),
    "signature-array": signature(b"\x82" + bstr(RAW[:32]) + bstr(RAW[32:])),
    "signature-twice-in-bytes": signature(bstr(bstr(RAW))),
    "signature-indefinite": signature(b"\x5f" + bstr(RAW) + b"\xff"),
    "signature-with-long-head": signature(b"\x59\x00\x40" + RAW),
    "signature-runs-past-the-end": signature(b"\x58\x41" + RAW),
}
_SIGNATURE_WRONG: Final = {
    "signature-all-zero": signature(bstr(bytes(64))),
    "signature-all-ones": signature(bstr(b"\xff" * 64)),
    "signature-r-zero": signature(bstr(ZERO + RAW[32:])),
    "signature-s-zero": signature(bstr(RAW[:32] + ZERO)),
    "signature-r-is-n": signature(bstr(N + RAW[32:])),
    "signature-s-is-n": signature(bstr(RAW[:32] + N)),
    "signature-halves-swapped": signature(bstr(RAW[32:] + RAW[:32])),
    "signature-of-another-payload": replace(GOOD, signs=(PROTECTED, PAYLOAD + b"\x00")).build(),
    "signature-as-of-cose-sign": signature(bstr(KEY.sign(dumps(["Signature", PROTECTED, PROTECTED, b"", PAYLOAD])))),
    "signature-as-of-mac0": signature(bstr(KEY.sign(dumps(["MAC0", PROTECTED, b"", PAYLOAD])))),
    "signature-with-external-data": signature(bstr(KEY.sign(dumps(["Signature1", PROTECTED, b"aad", PAYLOAD])))),
    "signature-of-the-payload-alone": signature(bstr(KEY.sign(PAYLOAD))),
    "signature-of-the-holder": replace(GOOD, key=WORLD.holder).build(),
    "payload-changed": replace(GOOD, payload=bstr(PAYLOAD[:-1] + bytes((PAYLOAD[-1] ^ 1,)))).build(),
}
_ENDS: Final = {
    "one-byte-more": COSE + b"\x00",
    "break-more": COSE + b"\xff",
    "second-message": COSE + COSE,
    "zero-in-front": b"\x00" + COSE,
    "one-byte-less": COSE[:-1],
    "nothing": b"",
    "only-the-tag": b"\xd2",
    "only-the-head": b"\xd2\x84",
}
#: A good signature over a payload that is not of this profile: an issuer's mistake, or a terminal that is too old.
_CONTENT: Final = {
    f"content-{name}": payload(bstr(data), data)
    for name, data in {
        "in-bytes": bstr(PAYLOAD),
        "in-text": tstr(b"claims"),
        "in-an-array": b"\x81" + PAYLOAD,
        "under-tag-61": b"\xd8\x3d" + PAYLOAD,
        "with-one-byte-more": PAYLOAD + b"\x00",
        "with-one-byte-less": PAYLOAD[:-1],
        "indefinite": b"\xbf" + PAYLOAD[1:] + b"\xff",
        "with-long-head": b"\xb8\x05" + PAYLOAD[1:],
        "twice": PAYLOAD + PAYLOAD,
        "nil": NONE,
        "break": b"\xff",
        "empty-map": b"\xa0",
        "zero": b"\x00",
        "deep": b"\x81" * 600 + b"\x00",
        "deep-in-a-claim": b"\xa1\x04" + b"\x81" * 600 + b"\x00",
        "wide": b"\x98\xff" + b"\x00" * 255,
        "lies-about-2-to-the-64": b"\xbb" + b"\xff" * 8,
        "another-message": COSE,
    }.items()
}


def _all(reason: Reason, *tables: dict[str, bytes]) -> dict[str, tuple[bytes, Reason]]:
    return {name: (cose, reason) for table in tables for name, cose in table.items()}


#: Name -> message and reason.
SHAPES: Final[dict[str, tuple[bytes, Reason]]] = {
    **_all(Reason.NOT_A_CREDENTIAL, _TAGS, _ARRAYS, _PROTECTED, _ALG_MALFORMED, _KID),
    **_all(Reason.NOT_A_CREDENTIAL, _UNPROTECTED, _PAYLOAD, _SIGNATURE, _ENDS),
    **_all(Reason.BAD_SIGNATURE, _ALG_OTHER, _SIGNATURE_WRONG),
    **_all(Reason.CANNOT_TELL, _CONTENT),
    "kid-of-nobody": (header({1: KEY.alg, 4: bytes(8)}), Reason.UNKNOWN_ISSUER),
    "kid-of-the-lister": (header({1: KEY.alg, 4: WORLD.lister.kid}), Reason.UNKNOWN_ISSUER),
    "kid-of-the-anchor": (header({1: KEY.alg, 4: WORLD.anchor.kid}), Reason.UNKNOWN_ISSUER),
}
