"""Token Status List: the lists of the draft with 1, 2, 4 and 8 bits an entry, and the tokens that carry them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, Final

from firmware.conformance import loose_cbor
from firmware.conformance.loose_cbor import NotWellFormedError, Pairs
from firmware.conformance.loose_cose import NotSign1Error, read_sign1
from firmware.conformance.vector import AGREED, Answer, RefusedError, State, UnsupportedError, Vector, judge
from firmware.verify import wire
from firmware.verify.errors import MalformedError
from firmware.verify.statuslist import inflate

BITS: Final = (1, 2, 4, 8)
_ZLIB: Final = 0x78


def run_list(vector: Vector) -> Answer:
    """Each entry named in `expected` has its state, and every other entry is 0."""
    expected = vector.expected
    if not isinstance(expected, Mapping):
        return judge(vector, _read)
    try:
        bits, data = _read(vector)
    except RefusedError as refusal:
        return Answer(State.DISAGREED, f"refused: {refusal}")
    size = vector.fields.get("size")
    if isinstance(size, int) and len(data) * 8 // bits != size:
        return Answer(State.DISAGREED, f"{len(data) * 8 // bits} entries, not {size}")
    rest = bytearray(data)
    for index, state in ((int(index), state) for index, state in expected.items()):
        if index * bits >= len(data) * 8:
            return Answer(State.DISAGREED, f"the list ends before {index}")
        at, shift, mask = index * bits // 8, index * bits % 8, (1 << bits) - 1
        if data[at] >> shift & mask != state:
            return Answer(State.DISAGREED, f"entry {index} is {data[at] >> shift & mask}, not {state}")
        rest[at] &= ~(mask << shift) & 0xFF
    return Answer(State.DISAGREED, "entries that are to be 0 are not") if any(rest) else AGREED


def _read(vector: Vector) -> tuple[int, bytes]:
    """Bits an entry, and the packed entries, out of the CBOR map, the JSON object, or the bare zlib bytes."""
    data = vector.input
    if data[:1] == b"{":
        body = _json(data)
    elif data[:1] == bytes((_ZLIB,)):
        body = {"bits": vector.fields.get("bits"), "lst": data}
    else:
        try:
            value = loose_cbor.decode(data).value
            body = value.as_dict() if isinstance(value, Pairs) else {}
        except NotWellFormedError as error:
            raise RefusedError(str(error)) from error
    return unpack(body)


def _json(data: bytes) -> dict[Any, Any]:
    try:
        body = json.loads(data)
        text = body["lst"]
        return {**body, "lst": urlsafe_b64decode(text + "=" * (-len(text) % 4))}
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedError("no JSON status list") from error


def unpack(body: Mapping[Any, Any]) -> tuple[int, bytes]:
    """Bits and entries of a status list's map. Raises RefusedError."""
    bits, packed = body.get("bits"), body.get("lst")
    if type(bits) is not int or bits not in BITS or not isinstance(packed, bytes):
        raise RefusedError("no bits of 1, 2, 4 or 8, or no list")
    try:
        return bits, inflate(packed)
    except MalformedError as error:
        raise RefusedError(str(error)) from error


def run_token(vector: Vector) -> Answer:
    """A token is read to its claims; a status list in it is unpacked. With a key, its signature is checked elsewhere."""
    if vector.expected not in ("parse", "invalid"):
        raise UnsupportedError(f"expects {vector.expected!r}, which has no meaning here")
    return judge(vector, _read_token)


def _read_token(vector: Vector) -> None:
    try:
        payload = read_sign1(vector.input).payload
        value = None if payload is None else loose_cbor.decode(payload).value
        claims = value.as_dict() if isinstance(value, Pairs) else {}
    except (NotSign1Error, NotWellFormedError) as error:
        raise RefusedError(str(error)) from error
    if not claims:
        raise RefusedError("no claims")
    body = claims.get(wire.Claim.STATUS_LIST)
    if isinstance(body, Pairs):
        unpack(body.as_dict())
