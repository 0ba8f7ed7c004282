"""What ISO/IEC 18004 fixes for each version: where patterns, codewords and blocks lie. Facts only, no picture.

Grids are (size, size), row then column, module (0, 0) top left. Dark is 1, and the sign + in soft grids.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Flags: TypeAlias = NDArray[np.bool_]
Indices: TypeAlias = NDArray[np.intp]

MIN_VERSION: Final = 1
MAX_VERSION: Final = 40
LEVELS: Final = "LMQH"
MASKS: Final = 8


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split())


#: Correction codewords of one block, and blocks, by level, for versions 1 to 40 (ISO/IEC 18004, table 9).
_PARITY: Final[dict[str, tuple[int, ...]]] = {
    "L": _numbers(
        "7 10 15 20 26 18 20 24 30 18 20 24 26 30 22 24 28 30 28 28"
        " 28 28 30 30 26 28 30 30 30 30 30 30 30 30 30 30 30 30 30 30"
    ),
    "M": _numbers(
        "10 16 26 18 24 16 18 22 22 26 30 22 22 24 24 28 28 26 26 26"
        " 26 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28"
    ),
    "Q": _numbers(
        "13 22 18 26 18 24 18 22 20 24 28 26 24 20 30 24 28 28 26 30"
        " 28 30 30 30 30 28 30 30 30 30 30 30 30 30 30 30 30 30 30 30"
    ),
    "H": _numbers(
        "17 28 22 16 22 28 26 26 24 28 24 28 22 24 24 30 28 28 26 28"
        " 30 24 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30"
    ),
}
_BLOCKS: Final[dict[str, tuple[int, ...]]] = {
    "L": _numbers("1 1 1 1 1 2 2 2 2 4 4 4 4 4 6 6 6 6 7 8 8 9 9 10 12 12 12 13 14 15 16 17 18 19 19 20 21 22 24 25"),
    "M": _numbers(
        "1 1 1 2 2 4 4 4 5 5 5 8 9 9 10 10 11 13 14 16 17 17 18 20 21 23 25 26 28 29 31 33 35 37 38 40 43 45 47 49"
    ),
    "Q": _numbers(
        "1 1 2 2 4 4 6 6 8 8 8 10 12 16 12 17 16 18 21 20 23 23 25 27 29 34 34 35 38 40 43 45 48 51 53 56 59 62 65 68"
    ),
    "H": _numbers(
        "1 1 2 4 4 4 5 6 8 8 11 11 16 16 18 16 19 21 25 25 25 34 30 32 35 37 40 42 45 48 51 54 57 60 63 66 70 74 77 81"
    ),
}

#: The finder pattern with its separator, as the corner of a 8 x 8 square; the ring of 5 x 5 around an alignment point.
_FINDER: Final = np.array([[max(abs(r - 3), abs(c - 3)) in (0, 1, 3) for c in range(8)] for r in range(8)])
_ALIGNMENT: Final = np.array([[max(abs(r - 2), abs(c - 2)) != 1 for c in range(5)] for r in range(5)])


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """One version's grid. `known` is +1 dark, -1 light, 0 where the value is data, format or version.

    `order` holds the flat index of each data bit, first bit of the first codeword first. `alignments` holds (row,
    column) of each alignment pattern's middle. `format_at` and `version_at` hold flat indices of the two copies, most
    significant bit first; a version below 7 has no version words (an array of no rows).
    """

    version: int
    size: int
    known: NDArray[np.int8]
    order: Indices
    alignments: Indices
    format_at: Indices
    version_at: Indices


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """How codewords are dealt out. `at` is (blocks, length): the codeword's place in the grid's order.

    Shorter blocks stand one place to the right; the place before them is -1 (a codeword that is always zero).
    """

    at: Indices
    parity: int


def size_of(version: int) -> int:
    return 17 + 4 * version


def alignment_lines(version: int) -> tuple[int, ...]:
    """The rows, and columns, on which alignment patterns have their middle."""
    if version == 1:
        return ()
    count = version // 7 + 2
    # The one version whose even spacing the formula does not give (ISO/IEC 18004, annex E).
    step = 26 if version == 32 else (version * 4 + count * 2 + 1) // (count * 2 - 2) * 2
    return (6, *(size_of(version) - 7 - step * n for n in reversed(range(count - 1))))


@lru_cache(maxsize=MAX_VERSION)
def layout_of(version: int) -> Layout:
    """The grid of one version, 1 to 40. Callers must not write into its arrays."""
    size = size_of(version)
    known = np.zeros((size, size), np.int8)
    sign = np.array([-1, 1], np.int8)
    known[6, :] = known[:, 6] = sign[(np.arange(size) + 1) % 2]
    lines = alignment_lines(version)
    corners = {(6, 6), (6, size - 7), (size - 7, 6)}
    alignments = [(r, c) for r in lines for c in lines if (r, c) not in corners]
    for row, column in alignments:
        known[row - 2 : row + 3, column - 2 : column + 3] = sign[_ALIGNMENT.astype(int)]
    finder = sign[_FINDER.astype(int)]
    known[:8, :8] = finder
    known[:8, -8:] = finder[:, ::-1]
    known[-8:, :8] = finder[::-1, :]
    known[-8, 8] = 1
    format_at, version_at = _format_places(size), _version_places(version, size)
    taken = known != 0
    taken.ravel()[format_at.ravel()] = True
    taken.ravel()[version_at.ravel()] = True
    return Layout(
        version=version,
        size=size,
        known=known,
        order=_zigzag(taken),
        alignments=np.array(alignments, np.intp).reshape(-1, 2),
        format_at=format_at,
        version_at=version_at,
    )


@lru_cache(maxsize=MAX_VERSION * len(LEVELS))
def blocks_of(version: int, level: str) -> Blocks:
    """How the codewords of one version and level are dealt out to blocks."""
    total = layout_of(version).order.size // 8
    count, parity = _BLOCKS[level][version - 1], _PARITY[level][version - 1]
    short = total // count - parity
    longer = total % count
    length = short + parity + (longer > 0)
    at = np.full((count, length), -1, np.intp)
    place = 0
    for column in range(short):
        at[:, column + (longer > 0)] = np.arange(place, place + count)
        place += count
    if longer:
        # Shorter blocks were moved right by one above; the longer ones start at the left edge.
        at[count - longer :, :short] = at[count - longer :, 1 : short + 1]
        at[count - longer :, short] = np.arange(place, place + longer)
        place += longer
    at[:, -parity:] = np.arange(place, place + count * parity).reshape(parity, count).T
    return Blocks(at, parity)


@lru_cache(maxsize=MAX_VERSION * MASKS)
def mask_of(mask: int, size: int) -> Flags:
    """Where mask pattern 0 to 7 turns a module over."""
    r, c = np.mgrid[:size, :size]
    product = r * c
    value = (
        (r + c) % 2,
        r % 2,
        c % 3,
        (r + c) % 3,
        (r // 2 + c // 3) % 2,
        product % 2 + product % 3,
        (product % 2 + product % 3) % 2,
        ((r + c) % 2 + product % 3) % 2,
    )[mask]
    return np.asarray(value == 0, np.bool_)


def _zigzag(taken: Flags) -> Indices:
    """Flat indices of the free modules in the order of the data bits: pairs of columns from the right, up then down."""
    size = taken.shape[0]
    rights = [*range(size - 1, 6, -2), 5, 3, 1]
    places: list[NDArray[np.intp]] = []
    for turn, right in enumerate(rights):
        rows = np.arange(size)[:: -1 if turn % 2 == 0 else 1]
        places.append((rows[:, None] * size + np.array([right, right - 1])).ravel())
    flat = np.concatenate(places)
    free = flat[~taken.ravel()[flat]]
    return free[: free.size // 8 * 8]


def _format_places(size: int) -> Indices:
    around = [(8, c) for c in (0, 1, 2, 3, 4, 5, 7, 8)] + [(r, 8) for r in (7, 5, 4, 3, 2, 1, 0)]
    apart = [(size - 1 - n, 8) for n in range(7)] + [(8, size - 8 + n) for n in range(8)]
    return np.array([[r * size + c for r, c in copy] for copy in (around, apart)], np.intp)


def _version_places(version: int, size: int) -> Indices:
    if version < 7:
        return np.zeros((0, 18), np.intp)
    bits = [(n // 3, size - 11 + n % 3) for n in reversed(range(18))]
    return np.array([[r * size + c for r, c in bits], [c * size + r for r, c in bits]], np.intp)
