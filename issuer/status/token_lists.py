"""Token Status Lists (IETF draft): packed entries of 1, 2, 4 or 8 bits -> states, and back; a register -> its lists, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from firmware.register.bits import Bits, Numbers
from firmware.register.flow import Marks
from firmware.register.snapshot import Snapshot
from firmware.register.table import ListTable

BITS: Final = (1, 2, 4, 8)


def pack_states(states: Bits, bits: int) -> bytes:
    """One state a place -> the packed entries, the first one lowest. ValueError for a state that does not fit."""
    if bits not in BITS or (len(states) and int(states.max()) >> bits):
        raise ValueError("expected 1, 2, 4 or 8 bits, and states that fit")
    return np.packbits(
        np.unpackbits(states.reshape(-1, 1), axis=1, count=bits, bitorder="little").ravel(), bitorder="little"
    ).tobytes()


def unpack_states(entries: bytes, bits: int) -> Bits:
    """The packed entries -> one state a place."""
    if bits not in BITS:
        raise ValueError("expected 1, 2, 4 or 8 bits")
    planes = np.unpackbits(np.frombuffer(entries, np.uint8), bitorder="little").reshape(-1, bits)
    return np.packbits(planes, axis=1, bitorder="little").ravel()


def lists_of(register: Snapshot) -> Iterator[tuple[int, Bits]]:
    """(number, one state a place) of every list, in order. One list at a time is in memory."""
    table = register.lists
    batches = register.batches()
    waiting: list[tuple[Numbers, Bits]] = []
    reached = -1
    for number, first, size in zip(table.numbers.tolist(), table.firsts.tolist(), table.sizes.tolist(), strict=True):
        end = first + size
        while reached < end and (batch := next(batches, None)) is not None:
            waiting.append((batch.positions, batch.states))
            reached = int(batch.positions[-1])
        states = np.zeros(size, np.uint8)
        for positions, found in waiting:
            here = slice(*np.searchsorted(positions, (first, end)))
            states[positions[here] - first] = found[here]
        waiting = [(positions, found) for positions, found in waiting if positions[-1] >= end]
        yield number, states


def marks_of(lists: Iterable[tuple[int, Bits]], table: ListTable) -> Iterator[Marks]:
    """The marks of lists that come in the order of the table: the inverse of `lists_of`."""
    for number, states in lists:
        first = table.position(number, 0)
        assert first is not None, "the table is that of the lists"
        at = np.flatnonzero(states)
        yield at + first, states[at]
