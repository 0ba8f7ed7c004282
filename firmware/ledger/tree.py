"""The tree over the records: RFC 9162, section 2.1 (the same tree as RFC 6962). Roots, proofs, and the checks of proofs.

Pure: hashes in, hashes out. A tree is known by its size and its `Edge`, the perfect subtrees that it falls into from left
to right; with them records are appended, and everything to their left may be forgotten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
#: A tree of 2^40 leaves is a verdict a millisecond for thirty years; proofs are never longer than this.
MAX_LEVEL: Final = 40
MAX_SIZE: Final = 1 << MAX_LEVEL

#: (level, index) -> hash of the perfect subtree over the leaves [index << level, (index + 1) << level).
Nodes = Callable[[int, int], bytes]


class ProofError(ValueError):
    """A proof that does not lead to the root it was made for, or that is no proof at all."""


def leaf_hash(body: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Edge:
    """A tree of `size` leaves as its perfect subtrees, the largest first: one hash for each bit of the size."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE or len(self.hashes) != self.size.bit_count():
            raise ValueError(f"an edge of {len(self.hashes)} hashes for {self.size} leaves")
        if any(len(each) != HASH_BYTES for each in self.hashes):
            raise ValueError("an edge with a hash of another length")

    def rise(self, leaf: bytes) -> tuple[bytes, ...]:
        """The perfect subtrees that one more leaf completes, by level from 0 on."""
        rising = [leaf]
        for level in range(_trailing_ones(self.size)):
            rising.append(node_hash(self.hashes[-1 - level], rising[-1]))
        return tuple(rising)

    def after(self, rising: tuple[bytes, ...]) -> Edge:
        """The edge with the leaf whose `rise` this is."""
        kept = len(self.hashes) - len(rising) + 1
        return Edge(self.size + 1, (*self.hashes[:kept], rising[-1]))

    def extend(self, bodies: Iterable[bytes]) -> Edge:
        """The edge with these records appended; the fast way for many."""
        size, stack, sha256 = self.size, list(self.hashes), hashlib.sha256
        for body in bodies:
            top = sha256(b"\x00" + body).digest()
            rest = size
            while rest & 1:
                top = sha256(b"\x01" + stack.pop() + top).digest()
                rest >>= 1
            stack.append(top)
            size += 1
        return Edge(size, tuple(stack))

    def root(self) -> bytes:
        return _fold(self.hashes)

    def parts(self) -> dict[tuple[int, int], bytes]:
        """The perfect subtrees by (level, index), as `Nodes` names them."""
        return dict(zip(_perfect(0, self.size), self.hashes, strict=True))


def edge_of(nodes: Nodes, size: int) -> Edge:
    """The edge that the tree had at `size` leaves."""
    return Edge(size, tuple(nodes(level, index) for level, index in _perfect(0, size)))


def inclusion_proof(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """The path from the leaf `index` to the root of the first `size` leaves (2.1.3.1). ValueError when it is not among them."""
    if not 0 <= index < size <= MAX_SIZE:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path, low, high = [], 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(range_root(nodes, middle, high))
            high = middle
        else:
            path.append(range_root(nodes, low, middle))
            low = middle
    return path[::-1]


def consistency_proof(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """That the first `old` leaves of the tree of `new` leaves are the tree of that time (2.1.4.1)."""
    if not 0 < old <= new <= MAX_SIZE:
        raise ValueError(f"no tree of {old} inside one of {new}")
    path, low, high, whole = [], 0, new, True
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(range_root(nodes, middle, high))
            high = middle
        else:
            path.append(range_root(nodes, low, middle))
            low, whole = middle, False
    if not whole:
        path.append(range_root(nodes, low, high))
    return path[::-1]


def range_root(nodes: Nodes, low: int, high: int) -> bytes:
    """The root over the leaves [low, high), as they hang in a larger tree: `low` is a multiple of a power of two >= high - low."""
    return _fold([nodes(level, index) for level, index in _perfect(low, high)])


def require_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """RFC 9162, 2.1.3.2. Raises ProofError unless the path leads from this leaf at this place to this root."""
    if not 0 <= index < size:
        raise ProofError(f"no place {index} in a tree of {size}")
    place, last, found = index, size - 1, leaf
    for each in _hashes(path):
        if last == 0:
            raise ProofError("the path is too long")
        if place & 1 or place == last:
            found = node_hash(each, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, each)
        place, last = place >> 1, last >> 1
    if last != 0 or found != root:
        raise ProofError(f"record at place {index} is not in the tree of {size} with this root")


def require_consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """RFC 9162, 2.1.4.2. Raises ProofError unless the tree of `new` leaves begins with the tree of `old` leaves."""
    hashes = _hashes(path)
    if not 0 < old <= new:
        raise ProofError(f"no tree of {old} inside one of {new}")
    if old == new:
        if hashes or old_root != new_root:
            raise ProofError(f"two different trees of {old}")
        return
    if old & (old - 1) == 0:
        hashes = [old_root, *hashes]
    if not hashes:
        raise ProofError("the path is empty")
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            raise ProofError("the path is too long")
        if place & 1 or place == last:
            first, second = node_hash(each, first), node_hash(each, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, each)
        place, last = place >> 1, last >> 1
    if last != 0 or first != old_root or second != new_root:
        raise ProofError(f"the tree of {new} does not begin with the tree of {old}")


def _hashes(path: Sequence[bytes]) -> list[bytes]:
    if len(path) > MAX_LEVEL + 1 or any(len(each) != HASH_BYTES for each in path):
        raise ProofError("a path that is too long, or with a hash of another length")
    return list(path)


def _fold(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def _perfect(low: int, high: int) -> list[tuple[int, int]]:
    """(level, index) of the perfect subtrees over [low, high), the largest first."""
    sizes = [1 << level for level in range((high - low).bit_length() - 1, -1, -1) if (high - low) >> level & 1]
    starts = [low]
    for size in sizes:
        starts.append(starts[-1] + size)
    return [((after - start).bit_length() - 1, start // (after - start)) for start, after in pairwise(starts)]


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _trailing_ones(number: int) -> int:
    return (~number & (number + 1)).bit_length() - 1
