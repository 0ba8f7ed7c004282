"""COSE_Sign1 of other people (RFC 9052): with or without its tag, any headers, external data, a payload that lies elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from firmware.conformance import loose_cbor
from firmware.conformance.loose_cbor import Loose, NotWellFormedError, Pairs, Tag
from firmware.verify import wire
from firmware.verify.cbor import encode_bytes

CWT_TAG: Final = 61
_TAGS: Final = ((), (wire.COSE_SIGN1_TAG,), (CWT_TAG, wire.COSE_SIGN1_TAG))
_ALG, _CRIT = 1, 2
#: Labels that this reader acts on or may pass over: alg, crit, content type, kid (RFC 9052, 3.1).
_UNDERSTOOD: Final = frozenset({1, 2, 3, 4})
#: The signature algorithms of the IANA registry, and ours. A MAC is an array of four parts too: only the number tells.
SIGNATURE_ALGS: Final = frozenset(
    {-7, -8, -9, -19, *range(-53, -45), *range(-39, -34), -257, -258, -259, -265, -266, -267, -268, -65535, -65537}
)


class NotSign1Error(ValueError):
    """Bytes that are no COSE_Sign1 message."""


@dataclass(frozen=True, slots=True)
class LooseSign1:
    """One foreign message. `alg` may have come from either header; `payload` is None when it lies elsewhere.

    Where a header stands in both places, the protected one counts, as RFC 9052 says in section 3.
    """

    alg: int
    protected_bytes: bytes
    protected: dict[int | str, Any]
    payload: bytes | None
    signature: bytes

    def to_be_signed(self, payload: bytes, external_aad: bytes = b"") -> bytes:
        """Sig_structure of RFC 9052, 4.4; a protected header without parameters counts as h''."""
        protected = self.protected_bytes if self.protected else b""
        parts = (protected, external_aad, payload)
        return b"\x84\x6aSignature1" + b"".join(encode_bytes(part) for part in parts)


def read_sign1(data: bytes) -> LooseSign1:
    """`data` as COSE_Sign1. Raises NotSign1Error."""
    try:
        return _sign1(loose_cbor.decode(data))
    except NotWellFormedError as error:
        raise NotSign1Error(str(error)) from error


def _sign1(loose: Loose) -> LooseSign1:
    value, tags = loose.value, []
    while isinstance(value, Tag):
        tags.append(value.number)
        value = value.value
    if tuple(tags) not in _TAGS:
        raise NotSign1Error(f"the tags {tags}, not those of COSE_Sign1")
    if not isinstance(value, list) or len(value) != 4:
        raise NotSign1Error("not an array of four parts")
    protected_bytes, unprotected, payload, signature = value
    if not isinstance(protected_bytes, bytes) or not isinstance(unprotected, Pairs):
        raise NotSign1Error("headers that are not a byte string and a map")
    if not isinstance(payload, bytes | None) or not isinstance(signature, bytes) or not signature:
        raise NotSign1Error("a payload or signature that is no byte string")
    protected = _protected(protected_bytes)
    outside = unprotected.as_dict()
    _require_no_foreign_crit(protected, outside)
    alg = protected.get(_ALG, outside.get(_ALG))
    if type(alg) is not int or alg not in SIGNATURE_ALGS:
        raise NotSign1Error(f"{alg!r} is no signature algorithm")
    return LooseSign1(alg, protected_bytes, protected, payload, signature)


def _protected(data: bytes) -> dict[int | str, Any]:
    if not data:
        return {}
    value = loose_cbor.decode(data).value
    if not isinstance(value, Pairs):
        raise NotSign1Error("a protected header that is no map")
    return value.as_dict()


def _require_no_foreign_crit(protected: dict[int | str, Any], outside: dict[int | str, Any]) -> None:
    if _CRIT in outside:
        raise NotSign1Error("crit outside the protected header")
    crit = protected.get(_CRIT)
    if crit is None and _CRIT not in protected:
        return
    if not isinstance(crit, list) or not crit or not all(type(label) is int and label in _UNDERSTOOD for label in crit):
        raise NotSign1Error("crit names a header that is not understood")
