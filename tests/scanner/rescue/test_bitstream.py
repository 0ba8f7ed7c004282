import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.scanner.rescue.bitstream import OutOfStandardError, message_of
from firmware.scanner.rescue.decode import decode

_FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def _both(code: segno.QRCode) -> tuple[bytes | None, bytes]:
    """What we read of a code's modules, and what zxing reads of its picture."""
    modules = np.array(code.matrix, np.uint8)
    decoded = decode((modules * 2.0 - 1.0).astype(np.float32), int(code.version), str(code.error), int(code.mask))
    picture = np.kron(np.pad(1 - modules, 4, constant_values=1), np.ones((3, 3), np.uint8)) * 255
    read = zxingcpp.read_barcode(picture, formats=_FORMATS)
    assert read is not None
    return None if decoded is None else decoded.payload, read.bytes


def _made(content: object, mode: str | None, level: str, more: int, **settings_: object) -> segno.QRCode:
    """The code in the smallest version that fits, or one some versions larger, so that all count widths appear."""
    smallest = segno.make(content, mode=mode, error=level, micro=False, boost_error=False, **settings_)
    version = min(40, int(smallest.version) + more)
    return segno.make(
        content, mode=mode, error=level, micro=False, boost_error=False, version=version, mask=more % 8, **settings_
    )


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=300), st.sampled_from("LMQH"), st.integers(0, 27))
def test_bytes_are_exactly_those_of_zxing(content, level, more):
    ours, theirs = _both(_made(content, "byte", level, more))
    assert ours == theirs == content


@settings(max_examples=25, deadline=None)
@given(st.text(_ALPHANUMERIC, min_size=1, max_size=120), st.sampled_from("LMQH"), st.integers(0, 27))
def test_alphanumeric_characters_are_exactly_those_of_zxing(content, level, more):
    ours, theirs = _both(_made(content, "alphanumeric", level, more))
    assert ours == theirs == content.encode()


@settings(max_examples=25, deadline=None)
@given(st.text("0123456789", min_size=1, max_size=120), st.sampled_from("LMQH"), st.integers(0, 27))
def test_digits_are_exactly_those_of_zxing(content, level, more):
    ours, theirs = _both(_made(content, "numeric", level, more))
    assert ours == theirs == content.encode()


@pytest.mark.parametrize(
    ("content", "mode", "settings_"),
    [
        ("点茗テスト", "kanji", {}),
        ("驾驶证电子凭证", "hanzi", {}),
        ("行驶证 ABC 123", "byte", {"encoding": "gb18030", "eci": True}),
        ("Zulassung äöü", "byte", {"encoding": "utf-8", "eci": True}),
    ],
)
@pytest.mark.parametrize("more", [0, 9, 26])
def test_kanji_hanzi_and_announced_encodings_are_exactly_those_of_zxing(content, mode, settings_, more):
    ours, theirs = _both(_made(content, mode, "M", more, **settings_))
    assert ours == theirs
    assert ours


def test_each_part_of_a_structured_append_sequence_is_read_as_zxing_reads_it():
    for code in segno.make_sequence("ONE CODE IN SEVERAL PARTS " * 8, symbol_count=3, error="m", boost_error=False):
        ours, theirs = _both(code)
        assert ours == theirs
        assert ours


def _packed(*fields: tuple[int, int], length: int = 20) -> bytes:
    """Bits of (value, width), filled up with the pads of the standard."""
    bits = "".join(f"{value:0{width}b}" for value, width in fields)
    bits += "0" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return (data + b"\xec\x11" * length)[:length]


def test_pads_out_of_the_standard_are_told_and_a_zero_before_them_is_not():
    good = _packed((4, 4), (1, 8), (0x41, 8), (0, 4))
    assert message_of(good, 1).regular
    assert message_of(good[:3] + b"\0" + good[3:-1], 1).regular
    assert message_of(good, 1).payload == message_of(good[:-1] + b"\xaa", 1).payload == b"A"
    assert not message_of(good[:-1] + b"\xaa", 1).regular
    assert not message_of(_packed((4, 4), (1, 8), (0x41, 8), (0, 4), (1, 3)), 1).regular


@pytest.mark.parametrize(
    "fields",
    [
        [(4, 4), (200, 8)],  # more bytes than there are
        [(1, 4), (3, 10), (1000, 10)],  # three digits that are four
        [(1, 4), (1, 10), (10, 4)],
        [(2, 4), (2, 9), (2047, 11)],
        [(2, 4), (1, 9), (45, 6)],
        [(5, 4)],  # FNC1
        [(9, 4), (0, 8)],
        [(6, 4)],  # no such mode
        [(7, 4), (0xE0, 8)],
        [(13, 4), (2, 4), (1, 8)],
    ],
)
def test_what_is_no_segment_is_refused(fields):
    with pytest.raises(OutOfStandardError):
        message_of(_packed(*fields), 1)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(1, 40))
def test_any_bytes_are_a_message_or_refused(data, version):
    try:
        message = message_of(data, version)
    except OutOfStandardError:
        return
    assert len(message.payload) <= 3 * len(data)
