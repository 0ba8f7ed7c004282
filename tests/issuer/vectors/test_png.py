from __future__ import annotations

import io
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from issuer.vectors.png import png, repeated, stored


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(1, 300), st.integers(0, 5))
def test_lines_that_repeat_unpack_to_what_they_were(line: bytes, line_bytes: int, times: int) -> None:
    data = line + (line[-line_bytes:] or b"\0") * times
    assert zlib.decompress(repeated(data, line_bytes)) == data


@pytest.mark.parametrize("length", [2, 3, 10, 11, 257, 258, 259, 600])
@pytest.mark.parametrize("line_bytes", [1, 4, 5, 24, 25, 44, 257, 4096])
def test_every_length_and_distance_of_a_repeat_unpacks(length: int, line_bytes: int) -> None:
    line = bytes(byte % 251 for byte in range(line_bytes))
    data = line + (line * (length // line_bytes + 1))[:length]
    assert zlib.decompress(repeated(data, line_bytes)) == data


@pytest.mark.parametrize("size", [0, 1, 0xFFFF, 0x10000, 200_000])
def test_stored_blocks_unpack_to_what_they_were(size: int) -> None:
    data = bytes(byte % 251 for byte in range(size))
    assert zlib.decompress(stored(data)) == data


def test_a_picture_has_one_dot_to_a_cell_black_where_it_is_true() -> None:
    cells = [[column % 3 == 0 for column in range(13)]] * 4 + [[False] * 13]
    picture = Image.open(io.BytesIO(png(cells)))
    assert (picture.mode, picture.size) == ("1", (13, 5))
    dots = list(picture.convert("L").tobytes())
    assert dots == [0 if cell else 255 for row in cells for cell in row]
