from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.model import Alive, Scan, SceneShown, SecondOpinion, SourceEnded, Unread, Word
from firmware.scanner.wire import MAX_MESSAGE_BYTES, MAX_PAYLOAD_BYTES, Failed, WireError, decode, encode

MESSAGES = [
    Scan(b"\x00\n[]\xff", "zxing", 12.5, "QRCode", 2, SecondOpinion.AGREES),
    Scan(b"JZ1:", "zxing", 12.5, beside=(b"1101234567890", b"\x00\xff")),
    Scan(bytes(range(256)) * 11 + b"\n" * 137, "zxing", 12.5),
    Unread(Word.GLARE, 3.25),
    Alive(7, 12.5, (("decode", 1.5), ("second", 0.25))),
    Alive(8, 13.0, (), 420.5),
    SourceEnded(40),
    SceneShown("第一幕：有效", 1.0, "请出示"),
    Failed("there is no camera", "check the cable"),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_every_message_comes_back_equal_and_fits_one_write(message: object) -> None:
    encoded = encode(message)  # type: ignore[arg-type]
    assert decode(encoded) == message
    assert len(encoded) <= MAX_MESSAGE_BYTES


@given(st.binary(max_size=MAX_PAYLOAD_BYTES), st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 9))
def test_every_payload_comes_back_byte_for_byte(payload: bytes, at_s: float, reads: int) -> None:
    scan = Scan(payload, "zxing", at_s, reads=reads)
    assert decode(encode(scan)) == scan


def test_a_payload_longer_than_any_code_is_refused() -> None:
    with pytest.raises(ValueError, match="2953"):
        encode(Scan(bytes(MAX_PAYLOAD_BYTES + 1), "zxing", 0.0))


def test_long_texts_are_cut_to_fit() -> None:
    message = decode(encode(Failed("车" * 5000, "修" * 5000)))
    assert isinstance(message, Failed)
    assert len(message.what) == len(message.next_step) == 500
    assert len(encode(message)) <= MAX_MESSAGE_BYTES


WRONG = {
    "empty": b"",
    "no head": b"[]",
    "not JSON": b"scan\n",
    "no name": b"[]\n",
    "not a list": b"5\n",
    "an unknown name": b'["ScannerDown","why",1.0,2]\n',
    "a name that is no text": b"[[],1]\n",
    "too few fields": b'["Scan","zxing",1.0]\n',
    "too many fields": b'["SourceEnded",1,2]\n',
    "an unknown opinion": b'["Scan","zxing",1.0,"QRCode",1,"maybe"]\nx',
    "an unknown cause": b'["Unread","ghosts",1.0]\n',
    "a number for a text": b'["Scan",7,1.0,"QRCode",1,"silent"]\nx',
    "a text for a number": b'["SourceEnded","many"]\n',
    "deep nesting": b"[" * 3000 + b"\n",
    "too long": json.dumps(["SourceEnded", 1]).encode() + b"\n" + bytes(MAX_MESSAGE_BYTES),
    "not UTF-8": b'["Failed","\xff","x"]\n',
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_event_is_refused(name: str) -> None:
    with pytest.raises(WireError):
        decode(WRONG[name])


@given(st.binary(max_size=200))
def test_random_bytes_are_refused(message: bytes) -> None:
    with pytest.raises(WireError):
        decode(message)
