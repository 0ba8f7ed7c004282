"""Suites of encodings: base45 and CBOR, read by the very parsers of the device."""

from __future__ import annotations

import ast
import re
from typing import Any, Final

from firmware.conformance import loose_cbor
from firmware.conformance.loose_cbor import NotWellFormedError, WithdrawnError
from firmware.conformance.vector import AGREED, Answer, RefusedError, State, UnsupportedError, Vector, judge
from firmware.verify import base45, cbor
from firmware.verify.errors import MalformedError

_HEX: Final = re.compile(r"\A(?:[0-9a-f]{2})*\Z")
_BYTES_WORD: Final = re.compile(r"h'([0-9a-f]*)'")


def run_base45(vector: Vector) -> Answer:
    """`expected` is valid, invalid, or the decoded bytes themselves; what is taken must give the very same text again."""
    decoded = vector.bytes_of("decoded_hex")
    if decoded is None and isinstance(vector.expected, str) and _HEX.match(vector.expected):
        decoded = bytes.fromhex(vector.expected)
    if decoded is None or vector.expected == "invalid":
        return judge(vector, _decode_base45)
    try:
        found = _decode_base45(vector)
    except RefusedError as refusal:
        return Answer(State.DISAGREED, f"refused: {refusal}")
    return AGREED if found == decoded else Answer(State.DISAGREED, "decoded to other bytes")


def _decode_base45(vector: Vector) -> bytes:
    try:
        data = base45.decode(vector.input)
    except MalformedError as error:
        raise RefusedError(str(error)) from error
    if base45.encode(data) != vector.input:
        raise RefusedError("encoding the bytes again gives another text")
    return data


def run_cbor(vector: Vector) -> Answer:
    """A well-formed item: refused only for a reason that our profile states, and never read as another value."""
    try:
        value = cbor.decode(vector.input)
    except MalformedError as error:
        if vector.expected == "invalid":
            return AGREED
        return _refused_on_purpose(vector.input, str(error))
    if vector.expected == "invalid":
        return Answer(State.DISAGREED, "accepted")
    known, published = _published(vector)
    if not known:
        raise UnsupportedError(f"the published value {vector.fields.get('diagnostic')!r} is not read here")
    return AGREED if _same(value, published) else Answer(State.DISAGREED, f"read as {value!r}")


def _refused_on_purpose(data: bytes, why: str) -> Answer:
    """A second, lenient reading says whether the item holds something that our profile excludes."""
    try:
        beyond = loose_cbor.decode(data).beyond
    except WithdrawnError as error:
        raise UnsupportedError(str(error)) from error
    except NotWellFormedError as error:
        return Answer(State.DISAGREED, f"refused: {why}; even a lenient reader: {error}")
    if not beyond:
        return Answer(State.DISAGREED, f"refused: {why}")
    raise UnsupportedError("our profile excludes " + ", ".join(sorted(beyond)))


def _published(vector: Vector) -> tuple[bool, Any]:
    """Whether the published value can be known here, and the value: JSON, or simple diagnostic notation."""
    diagnostic = vector.fields.get("diagnostic")
    if not isinstance(diagnostic, str):
        return "decoded" in vector.fields, vector.fields.get("decoded")
    try:
        return True, ast.literal_eval(_BYTES_WORD.sub(lambda word: repr(bytes.fromhex(word[1])), diagnostic))
    except (ValueError, SyntaxError):
        return False, None


def _same(one: Any, other: Any) -> bool:
    """Equal, and of equal types all the way down: True is not 1 here."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def run_malformed_cbor(vector: Vector) -> Answer:
    """Bytes that are no CBOR: the strict reader refuses them, and so does the lenient one of this command."""

    def attempt(vector: Vector) -> None:
        try:
            loose_cbor.decode(vector.input)
        except NotWellFormedError as error:
            refusal = RefusedError(str(error))
        else:
            return
        try:
            cbor.decode(vector.input)
        except MalformedError:
            raise refusal from None

    return judge(vector, attempt)
