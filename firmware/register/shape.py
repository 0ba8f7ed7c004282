"""The code of the states: a canonical Huffman code, laid out as one plane of bits a fork: a state is found without decoding all.

A fork is a proper prefix of a code word. The root's plane has one bit a mark; every other fork's plane has one bit for each mark
whose word begins with that prefix.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from firmware.register.facts import MAX_CODE_BITS, STATES, RegisterError

#: Length and bits of a prefix: (0, 0) is the root.
Prefix: TypeAlias = tuple[int, int]
ROOT: Final[Prefix] = (0, 0)


@dataclass(frozen=True)
class Shape:
    """Lengths of the code words by state, 0 for a state that does not occur. Made only by `shape_for` and `parse_shape`."""

    lengths: bytes

    @cached_property
    def words(self) -> Mapping[Prefix, int]:
        """Code word -> state."""
        words: dict[Prefix, int] = {}
        code = length = 0
        for state in sorted((s for s in range(STATES) if self.lengths[s]), key=lambda s: (self.lengths[s], s)):
            code <<= self.lengths[state] - length
            length = self.lengths[state]
            words[length, code] = state
            code += 1
        return words

    @cached_property
    def forks(self) -> tuple[Prefix, ...]:
        """Every fork, the root first, shorter prefixes before longer ones. None when there are fewer than two states."""
        if len(self.words) < 2:
            return ()
        return tuple(sorted({(cut, code >> (length - cut)) for length, code in self.words for cut in range(length)}))

    @property
    def only(self) -> int | None:
        """The state of every mark, when there is but one."""
        return next(iter(self.words.values())) if len(self.words) == 1 else None


def shape_for(counts: Mapping[int, int]) -> Shape:
    """The Huffman code for states that occur so often. Ties are broken by the smaller state, so that it is always the same code."""
    heap: list[tuple[int, int, tuple[int, ...]]]
    heap = [(count, state, (state,)) for state, count in sorted(counts.items()) if count]
    lengths = bytearray(STATES)
    if len(heap) == 1:
        lengths[heap[0][1]] = 1
    heapq.heapify(heap)
    while len(heap) > 1:
        (count_a, state_a, leaves_a), (count_b, state_b, leaves_b) = heapq.heappop(heap), heapq.heappop(heap)
        for state in (*leaves_a, *leaves_b):
            lengths[state] += 1
        heapq.heappush(heap, (count_a + count_b, min(state_a, state_b), (*leaves_a, *leaves_b)))
    return Shape(bytes(lengths))


def parse_shape(lengths: bytes, marks: int, *, states: Set[int]) -> Shape:
    """The code with these lengths. Raises RegisterError for one that is no complete code, or not for so many marks."""
    used = [length for length in lengths if length]
    if any(length and state not in states for state, length in enumerate(lengths)):
        raise RegisterError("states: a state that may not be there")
    if bool(used) != bool(marks) or len(used) > marks:
        raise RegisterError("states: more or fewer than there are marks")
    if (used and used != [1]) and sum(1 << (MAX_CODE_BITS - length) for length in used) != 1 << MAX_CODE_BITS:
        raise RegisterError("states: not a complete code")
    return Shape(lengths)
