"""A delta in its plain form <-> squeezed, as it travels: the same directory and low bits, all other bits coded by their odds.

The odds are those that the directory tells: how many ones each block has in its unary part and at each fork. Where two states part,
it does not tell; then the odds of the whole set stand behind the directory, two bytes a fork.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import numpy as np

from firmware.register.bits import Bits, BitSink
from firmware.register.delta import GONE, Delta, parse_head
from firmware.register.directory import Cursor, Directory, counts_of
from firmware.register.facts import DELTA_SPARE_BITS, MARKED, MAX_FILE_BYTES, RegisterError
from firmware.register.lanes import CERTAIN, Odds, decode, encode, odds_of
from firmware.register.reader import SetReader
from firmware.register.shape import Prefix
from firmware.register.snapshot import map_file, written
from firmware.register.writer import Scratch

#: Blocks that are coded side by side: more are faster and take more memory.
_LANES: Final = 512
_COPY_BYTES: Final = 1 << 18
_ODDS_BYTES: Final = 2
_STATES: Final = (GONE, MARKED, MARKED)


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of one of the sets: how many bits each part has (the unary part, then the forks), and the odds of a 1 in each."""

    set: int
    number: int
    sizes: tuple[int, ...]
    odds: tuple[int, ...]


def squeeze(plain: Path, target: Path) -> None:
    """Write the squeezed form of a delta. Raises RegisterError and OSError."""
    with Delta(plain) as delta, written(target) as (out, _):
        sets = (delta.gone, delta.changed, delta.added)
        out.write(delta.head.encoded)
        told = []
        for each in sets:
            odds = {fork: _odds_at(each, fork) for fork in _untold(each.directory)}
            told.append(odds)
            out.write(delta.between(each.start, each.directory.end))
            out.write(b"".join(share.to_bytes(_ODDS_BYTES, "little") for share in odds.values()))
            out.write(each.low_section)
        for blocks in _groups([each.directory for each in sets], told):
            bits = np.zeros((max(sum(block.sizes) for block in blocks), len(blocks)), np.uint8)
            for lane, block in enumerate(blocks):
                reader, number = sets[block.set], block.number
                parts = [reader.high_bits(number, number + 1)]
                parts += [reader.fork_bits(fork, number, number + 1) for fork in reader.shape.forks]
                bits[: sum(block.sizes), lane] = np.concatenate(parts)
            out.write(encode(bits, _table(blocks, len(bits))))


def expand(source: Path, target: Path) -> None:
    """Write the plain form of a squeezed delta. Raises RegisterError and OSError; nothing left over is taken."""
    data = map_file(source)
    try:
        head, at = parse_head(data)
        directories, told, verbatim, lows = [], [], [], []
        for states in _STATES:
            directory = Directory(data, at, states, spare_bits=DELTA_SPARE_BITS)
            cursor = Cursor(data, directory.end)
            told.append({fork: int.from_bytes(cursor.take(_ODDS_BYTES), "little") for fork in _untold(directory)})
            if any(not 0 < share < CERTAIN for share in told[-1].values()):
                raise RegisterError("odds that cannot be")
            verbatim.append(data[at : directory.end])
            lows.append((cursor.at, (int(directory.low_at[-1]) + 7) >> 3))
            cursor.take(lows[-1][1])
            directories.append(directory)
            at = cursor.at
        if sum(int(directory.high_at[-1]) >> 3 for directory in directories) > MAX_FILE_BYTES:
            raise RegisterError("more bytes than a delta may have")
        with written(target) as (out, scratch), ExitStack() as files:
            outs = [_Sections(directory, scratch, files) for directory in directories]
            for blocks in _groups(directories, told):
                odds = _table(blocks, max(sum(block.sizes) for block in blocks))
                bits, taken = decode(data[at : at + 2 * odds.size + 4 * len(blocks)], odds)
                at += taken
                for lane, block in enumerate(blocks):
                    outs[block.set].add(bits[: sum(block.sizes), lane], block.sizes)
            if at != len(data):
                raise RegisterError("bytes left over")
            out.write(head.encoded)
            for directory_bytes, (low, size), sections in zip(verbatim, lows, outs, strict=True):
                out.write(directory_bytes)
                sections.write_to(out, data[low : low + size])
    finally:
        data.close()


class _Sections:
    """The unary section and the planes of one set, as they come out of the lanes."""

    def __init__(self, directory: Directory, scratch: Scratch, files: ExitStack) -> None:
        self._files = [files.enter_context(scratch()) for _ in (None, *directory.fork_at)]
        self._sinks = [BitSink(file) for file in self._files]

    def add(self, bits: Bits, sizes: Sequence[int]) -> None:
        """The bits of the next block, all parts one after another."""
        at = 0
        for sink, size in zip(self._sinks, sizes, strict=True):
            sink.add(bits[at : at + size])
            at += size

    def write_to(self, out: IO[bytes], low: bytes) -> None:
        for place, (file, sink) in enumerate(zip(self._files, self._sinks, strict=True)):
            sink.close()
            file.seek(0)
            while piece := file.read(_COPY_BYTES):
                out.write(piece)
            if place == 0:
                out.write(low)


def _untold(directory: Directory) -> list[Prefix]:
    """The forks at which two states part."""
    return [fork for fork in directory.fork_at if directory.ones(fork) is None]


def _odds_at(each: SetReader, fork: Prefix) -> int:
    """The odds of a 1 at a fork, over the whole set. Neither state is without a mark, so it is never certain."""
    bits = each.fork_bits(fork, 0, each.blocks)
    return int(odds_of(np.array([np.count_nonzero(bits)]), np.array([len(bits)]))[0])


def _groups(directories: Sequence[Directory], told: Sequence[dict[Prefix, int]]) -> Iterator[list[_Block]]:
    """The blocks of all sets in order, as many at a time as are coded side by side."""
    group: list[_Block] = []
    for place, (directory, known) in enumerate(zip(directories, told, strict=True)):
        highs = counts_of(directory.high_at)
        sizes, odds = [highs], [odds_of(directory.sizes, highs)]
        for fork, at in directory.fork_at.items():
            sizes.append(counts_of(at))
            ones = directory.ones(fork)
            odds.append(np.full(directory.blocks, known[fork], np.uint16) if ones is None else odds_of(ones, sizes[-1]))
        for number, (of_block, its_odds) in enumerate(
            zip(np.array(sizes).T.tolist(), np.array(odds).T.tolist(), strict=True)
        ):
            group.append(_Block(place, number, tuple(of_block), tuple(its_odds)))
            if len(group) == _LANES:
                yield group
                group = []
    if group:
        yield group


def _table(blocks: Sequence[_Block], steps: int) -> Odds:
    """The odds of every bit: a row a step, a column a block."""
    table = np.zeros((steps, len(blocks)), np.uint16)
    for lane, block in enumerate(blocks):
        table[: sum(block.sizes), lane] = np.repeat(np.array(block.odds, np.uint16), block.sizes)
    return table
