"""The European certificates, step by step: prefix, base45, compression, COSE and CWT form, signature.

Their CBOR is not deterministic and their content is not ours: schema, key usage and dates are not judged here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from firmware.conformance import loose_cbor
from firmware.conformance.loose_cbor import NotWellFormedError, Pairs
from firmware.conformance.loose_cose import NotSign1Error, read_sign1
from firmware.conformance.messages import require_signed
from firmware.conformance.vector import AGREED, Answer, RefusedError, State, UnsupportedError, Vector
from firmware.verify import base45
from firmware.verify.errors import MalformedError
from firmware.verify.statuslist import inflate

PREFIX: Final = b"HC1:"
_HCERT, _CERTIFICATE = -260, 1


def _unprefix(data: bytes, _vector: Vector) -> bytes:
    if not data.startswith(PREFIX):
        raise RefusedError("no HC1: in front")
    return data[len(PREFIX) :]


def _base45(data: bytes, _vector: Vector) -> bytes:
    try:
        return base45.decode(data)
    except MalformedError as error:
        raise RefusedError(str(error)) from error


def _inflate(data: bytes, _vector: Vector) -> bytes:
    try:
        return inflate(data)
    except MalformedError as error:
        raise RefusedError(str(error)) from error


def _read_cwt(data: bytes, _vector: Vector) -> bytes:
    try:
        payload = read_sign1(data).payload
        claims = None if payload is None else loose_cbor.decode(payload).value
        for label in (_HCERT, _CERTIFICATE):
            claims = claims.as_dict().get(label) if isinstance(claims, Pairs) else None
    except (NotSign1Error, NotWellFormedError) as error:
        raise RefusedError(str(error)) from error
    if not isinstance(claims, Pairs):
        raise RefusedError("the payload holds no certificate as a map")
    return data


def _verify(data: bytes, vector: Vector) -> bytes:
    require_signed(data, vector)
    return data


#: The flag that a vector expects -> the step that it is about, in the order of reading.
_STEPS: Final[Mapping[str, Callable[[bytes, Vector], bytes]]] = {
    "EXPECTEDUNPREFIX": _unprefix,
    "EXPECTEDB45DECODE": _base45,
    "EXPECTEDCOMPRESSION": _inflate,
    "EXPECTEDDECODE": _read_cwt,
    "EXPECTEDVERIFY": _verify,
}


def run(vector: Vector) -> Answer:
    """Each judged step goes as the vector expects; after a step that fails, the later ones fail too."""
    expected = vector.expected
    if not isinstance(expected, Mapping):
        raise UnsupportedError("no list of expectations")
    wanted = {flag: expected[flag] for flag in _STEPS if flag in expected}
    data, why, judged = vector.input, "", 0
    for flag, step in _STEPS.items():
        if flag == "EXPECTEDVERIFY" and vector.key is None:
            if wanted.get(flag) is False and not why:
                raise UnsupportedError("the signature is to be judged, and no key is given")
            continue
        if not why:
            try:
                data = step(data, vector)
            except RefusedError as refusal:
                why = str(refusal)
            except UnsupportedError:
                if wanted.get(flag) is False:
                    raise
                continue
        if flag in wanted:
            judged += 1
            if wanted[flag] is bool(why):
                return Answer(State.DISAGREED, f"{flag} is to be {wanted[flag]}" + (f"; {why}" if why else ""))
    if not judged:
        raise UnsupportedError("only steps that are not judged here: " + ", ".join(sorted(expected)))
    return AGREED
