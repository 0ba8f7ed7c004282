"""The peers: the same marks as Token Status Lists (zlib), as Roaring bitmaps, and as 64-bit hashes, with a lookup in each."""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Callable, Iterator
from statistics import median
from typing import Final

import numpy as np
from pyroaring import BitMap

from bench.status_world import LIST_SIZE, SHARES, Drawn
from firmware.register.bits import Numbers
from issuer.status.token_lists import pack_states

_LOOKUPS: Final = 300
Row = dict[str, float | str]


def rows(drawn: Drawn, entropy_bytes: float, asked: Numbers) -> Iterator[Row]:
    """A row a peer: its size, the ratio to the entropy, a lookup, and what must be resident for it."""
    for name, measure in _PEERS.items():
        size, resident, find = measure(drawn)
        taken = []
        for position in asked[:_LOOKUPS].tolist():
            started = time.perf_counter()
            find(position)
            taken.append(time.perf_counter() - started)
        yield {
            "peer": name,
            "mb": round(size / 1e6, 3),
            "ratio": round(size / entropy_bytes, 3),
            "lookup_us": round(median(taken) * 1e6, 1),
            "resident_mb": round(resident / 1e6, 1),
        }


def _token_lists(drawn: Drawn) -> tuple[int, int, Callable[[int], object]]:
    """Lists of 2^20 places, 4 bits each, zlib 9; a lookup inflates its list."""
    packed = []
    for first in range(0, drawn.places, LIST_SIZE):
        cut = slice(*np.searchsorted(drawn.positions, (first, first + LIST_SIZE)))
        states = np.zeros(LIST_SIZE, np.uint8)
        states[drawn.positions[cut] - first] = drawn.states[cut]
        packed.append(zlib.compress(pack_states(states, 4), 9))

    def find(position: int) -> int:
        number, index = divmod(position, LIST_SIZE)
        return zlib.decompress(packed[number])[index >> 1] >> 4 * (index & 1) & 15

    return sum(map(len, packed)), LIST_SIZE // 2, find


def _roaring(drawn: Drawn) -> tuple[int, int, Callable[[int], object]]:
    """A bitmap a state, as serialised; a lookup asks each."""
    bitmaps = []
    size = 0
    for state in SHARES:
        bitmap = BitMap(drawn.positions[drawn.states == state].astype(np.uint32))
        bitmap.run_optimize()
        size += len(bitmap.serialize())
        bitmaps.append((state, bitmap))

    def find(position: int) -> int:
        return next((state for state, bitmap in bitmaps if position in bitmap), 0)

    return size, size, find


def _hashes(drawn: Drawn) -> tuple[int, int, Callable[[int], object]]:
    """The first 8 bytes of a SHA-256 of each marked document, sorted, with its state in a byte beside it."""
    mixed = drawn.positions.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)  # as good as a hash for the size
    mixed.sort()
    size = mixed.nbytes + len(drawn.states)

    def find(position: int) -> int:
        digest = hashlib.sha256(position.to_bytes(8, "big")).digest()
        return int(np.searchsorted(mixed, np.uint64(int.from_bytes(digest[:8], "big"))))

    return size, size, find


_PEERS: Final = {
    "Token Status List, zlib": _token_lists,
    "Roaring, a bitmap a state": _roaring,
    "64-bit hashes": _hashes,
}
