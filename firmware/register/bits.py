"""Bits and bytes, least significant bit first, in numpy: the one place that shifts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import IO, Final

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

#: (2 * span + marks) * 493 / (2048 * marks) is (mean gap + 1/2) * ln(golden ratio), the point where one more low bit begins to pay.
_PAYS_NUMERATOR: Final = 493
_PAYS_DENOMINATOR: Final = 2048
#: A block keeps the width of the block before it while its mean gap is within an eighth of where that width is best: near the point
#: where two widths cost the same they would alternate, and two kinds of unary code side by side compress worse than either.
_KEEP: Final = ((7, 8), (9, 8))
_WORD_BYTES: Final = 8


def low_bits(span: Numbers, marks: Numbers, before: int | None) -> Numbers:
    """How many low bits of each gap are stored raw, for blocks of so many marks whose gaps sum to `span`; the rest is unary.

    `before` is the width of the block before them. Being a rule, it needs no byte.
    Source: Kiely, Selecting the Golomb Parameter in Rice Coding, JPL IPN Progress Report 42-159 (2004).
    """
    if not len(span):
        return span
    scaled = (2 * span + marks) * _PAYS_NUMERATOR
    least, most = (
        np.frexp((scaled * times // (_PAYS_DENOMINATOR * marks * over)).astype(np.float64))[1] for times, over in _KEEP
    )
    start = int(least[0]) if before is None else before
    kept = accumulate(zip(least.tolist(), most.tolist(), strict=True), _kept, initial=start)
    return np.fromiter(kept, np.int64)[1:]


def _kept(before: int, limits: tuple[int, int]) -> int:
    return min(max(before, limits[0]), limits[1])


class BitSink:
    """Writes runs of bits one after another into a file, without a gap between them."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._rest: Bits = np.zeros(0, np.uint8)
        self.bits = 0

    def add(self, bits: Bits) -> None:
        """Append bits, each 0 or 1."""
        self.bits += len(bits)
        joined = np.concatenate((self._rest, bits)) if len(self._rest) else bits
        whole = len(joined) & ~7
        self._file.write(np.packbits(joined[:whole], bitorder="little").tobytes())
        self._rest = joined[whole:]

    def close(self) -> None:
        """Write the last, incomplete byte, its rest zero."""
        self._file.write(np.packbits(self._rest, bitorder="little").tobytes())
        self._rest = self._rest[:0]


def bits_of(data: bytes, first: int, count: int) -> Bits:
    """`count` bits of `data` from bit `first` on."""
    view = np.frombuffer(data, np.uint8, offset=first >> 3, count=((first & 7) + count + 7) >> 3)
    return np.unpackbits(view, bitorder="little")[first & 7 : (first & 7) + count]


def pack_numbers(values: Numbers, width: int) -> Bits:
    """The low `width` bits of each value, as bits."""
    octets = (width + 7) >> 3
    columns = values.astype("<u8").view(np.uint8).reshape(-1, _WORD_BYTES)[:, :octets]
    return np.unpackbits(columns, axis=1, bitorder="little", count=width).ravel()


@dataclass(frozen=True, slots=True)
class Fields:
    """Where numbers of some bits stand: the byte of each, how far to shift what is read there, and the bits to keep."""

    bytes: Numbers
    shifts: npt.NDArray[np.uint64]
    mask: npt.NDArray[np.uint64] | np.uint64


def fields_of(first: Numbers, width: Numbers | int) -> Fields:
    """The fields of `width` bits that begin at the bits `first`."""
    ones = np.uint64(1)
    mask = (ones << np.uint64(width)) - ones if isinstance(width, int) else (ones << width.astype(np.uint64)) - ones
    return Fields(first >> 3, (first & 7).astype(np.uint64), mask)


def numbers_at(data: bytes, fields: Fields, count: int) -> Numbers:
    """The first `count` of the fields. The caller has checked that `data` reaches that far."""
    words = np.ndarray((len(data) + 1,), "<u8", data + bytes(_WORD_BYTES), strides=(1,))
    numbers: Numbers = (words[fields.bytes[:count]] >> fields.shifts[:count] & fields.mask).view(np.int64)
    return numbers


def numbers_of(data: bytes, first: Numbers, width: Numbers | int) -> Numbers:
    """The numbers of `width` bits that begin at the bits `first`. The caller has checked that `data` reaches that far."""
    return numbers_at(data, fields_of(first, width), len(first))


def write_column(values: Numbers, width: int) -> bytes:
    """Numbers below 256**width as bytes, all lowest bytes first: what hardly changes then stands together."""
    return values.astype("<u8").view(np.uint8).reshape(-1, _WORD_BYTES)[:, :width].T.tobytes()


def read_column(data: bytes, count: int, width: int) -> Numbers:
    """The inverse of `write_column`; `data` has count * width bytes."""
    numbers = np.zeros(count, np.int64)
    for place in range(width):
        numbers |= np.frombuffer(data, np.uint8, count, place * count).astype(np.int64) << (8 * place)
    return numbers


def width_of(values: Numbers) -> int:
    """The least number of bytes that hold the greatest of the values; 0 for none and for zeros."""
    return (int(values.max(initial=0)).bit_length() + 7) >> 3
