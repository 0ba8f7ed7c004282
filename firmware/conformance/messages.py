"""Suites of COSE messages: COSE_Sign1 of other people, messages that are none, and ISO 18013-5 documents."""

from __future__ import annotations

from typing import Final

from firmware.conformance import loose_cbor
from firmware.conformance.keys import load_key
from firmware.conformance.loose_cbor import NotWellFormedError
from firmware.conformance.loose_cose import LooseSign1, NotSign1Error, read_sign1
from firmware.conformance.signatures import require_signature
from firmware.conformance.vector import Answer, RefusedError, State, UnsupportedError, Vector, judge
from firmware.verify.algorithms import ALGORITHMS
from firmware.verify.cose import Sign1, parse_sign1
from firmware.verify.errors import MalformedError
from firmware.verify.trust import same_algorithm
from firmware.verify.wire import Alg

#: The label sets of our own messages: holder, issuer, trust data.
OUR_LABELS: Final = (frozenset({1}), frozenset({1, 4}), frozenset({1, 4, 16}))
_RAW_KEY_BYTES: Final = 32
#: RFC 9053, 2.1 lets ES256, ES384 and ES512 go with any curve; ours, like RFC 9864, go with one.
_ECDSA_OF_ANY_CURVE: Final = frozenset({-7, -35, -36})
_ECDSA: Final = frozenset({Alg.ES256, Alg.ES384})


def run_sign1(vector: Vector) -> Answer:
    """The signature of a message under the key that is given; its bytes to be signed must be the published ones."""
    answer = judge(vector, _require_holds)
    published = vector.bytes_of("to_be_signed_hex")
    if answer.state is State.AGREED and vector.expected == "valid" and published is not None:
        signed = read_sign1(vector.input)
        if signed.to_be_signed(_payload(vector, signed), _aad(vector)) != published:
            return Answer(State.DISAGREED, "other bytes to be signed than published")
    return answer


def _require_holds(vector: Vector) -> None:
    require_signed(vector.input, vector)


def require_signed(data: bytes, vector: Vector) -> None:
    """The message `data` holds under the vector's key. Raises RefusedError or UnsupportedError."""
    alg, verify = load_key(vector.key)
    signed = _read(data)
    if not same_algorithm(signed.alg, alg):
        if signed.alg in _ECDSA_OF_ANY_CURVE and alg in _ECDSA:
            raise UnsupportedError("ECDSA with another hash than the curve's own")
        raise RefusedError(f"the message names algorithm {signed.alg}, the key is one of {alg.name}")
    to_be_signed = signed.to_be_signed(_payload(vector, signed), _aad(vector))
    strict = _strict(data)
    if strict is not None and not _aad(vector) and strict.to_be_signed != to_be_signed:
        raise RefusedError("the strict reader of the device would check other bytes")
    require_signature(verify, signed.signature, to_be_signed)


def _read(data: bytes) -> LooseSign1:
    try:
        return read_sign1(data)
    except NotSign1Error as error:
        raise RefusedError(str(error)) from error


def _strict(data: bytes) -> Sign1 | None:
    try:
        return parse_sign1(data, OUR_LABELS, max_bytes=loose_cbor.MAX_BYTES)
    except MalformedError:
        return None


def _payload(vector: Vector, signed: LooseSign1) -> bytes:
    if signed.payload is not None:
        return signed.payload
    for name in ("payload_hex", "detached_payload_hex", "detached_hex"):
        payload = vector.bytes_of(name)
        if payload is not None:
            return payload
    raise UnsupportedError("the payload lies elsewhere and is not given")


def _aad(vector: Vector) -> bytes:
    return vector.bytes_of("external_aad_hex") or b""


def run_other_message(vector: Vector) -> Answer:
    """A message that is no COSE_Sign1: neither the strict reader of the device nor the lenient one may take it for one."""

    def attempt(vector: Vector) -> None:
        strict = _strict(vector.input)
        if strict is None or strict.alg not in ALGORITHMS:  # the device would find no key of such an algorithm
            _read(vector.input)

    return judge(vector, attempt)


def run_parse(vector: Vector) -> Answer:
    """Bytes that are to be read, no more. A raw key of 32 bytes among them is no CBOR, and nothing here reads it."""

    def attempt(vector: Vector) -> None:
        try:
            loose_cbor.decode(vector.input)
        except NotWellFormedError as error:
            if len(vector.input) == _RAW_KEY_BYTES:
                raise UnsupportedError("a raw key of 32 bytes: no CBOR") from error
            raise RefusedError(str(error)) from error

    return judge(vector, attempt)
