"""Soft grid + level + mask -> payload bytes, or nothing: which codewords to doubt, and what may be believed.

A word is believed only for its evidence: the redundancy that was not used up. A random word would be corrected with
`errors` changes and `erasures` unknowns once in 2 ** evidence tries; what is below the limits here is not an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb, log2
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware.scanner.rescue.bitstream import OutOfStandardError, message_of
from firmware.scanner.rescue.format import Soft
from firmware.scanner.rescue.layout import Blocks, Indices, blocks_of, layout_of, mask_of
from firmware.scanner.rescue.reedsolomon import Bytes, correct, syndromes

#: Evidence that each block and all blocks together must have left, in bits, after paying for the number of tries.
#: 2 ** -18 for a block beside others that are right, 2 ** -32 for a whole code.
MIN_BLOCK_BITS: Final = 18.0
#: The same for the last blocks, once half of them are right: the grid is certain then, and what lies on it is known.
MIN_LAST_BLOCK_BITS: Final = 12.0
MIN_CODE_BITS: Final = 32.0
#: For a code whose unused rest is not filled as the standard says: some encoders do that, and so does a wrong answer.
MIN_IRREGULAR_BITS: Final = 64.0

#: A module of full contrast (soft value 1) is wrong once in e ** 5 times; a doubtful one (0) every second time.
_STEEPNESS: Final = 5.0
#: Blocks that were corrected show where codewords are wrong; that many times they may guide those that were not.
_ROUNDS: Final = 4
#: How far a wrong codeword speaks about its neighbours, in modules.
_NEIGHBOURHOOD: Final = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """The payload, the evidence for it in bits, and the grid it would be printed as: +1 dark, -1 light, 0 unknown."""

    payload: bytes
    evidence_bits: float
    grid: NDArray[np.int8]


@dataclass(slots=True, eq=False)
class _Words:
    """The codewords of one grid in the grid's order, and what has become of each block."""

    codewords: Bytes
    values: Soft  # (codewords, 8): the soft bits
    doubts: NDArray[np.float32]  # per codeword: how likely it is wrong, as -log of being right
    blocks: Blocks
    fixed: Bytes  # (blocks, length)
    evidence: NDArray[np.float64]  # (blocks,); -inf where not corrected


def decode(soft: Soft, version: int, level: str, mask: int, *, tries: int = 1) -> Decoded | None:
    """The payload of one soft grid, (size, size) of about -1 (light) to +1 (dark), 0 where nothing is known.

    `tries` is how many grids the caller would believe instead of this one: each costs evidence. None when the blocks
    cannot be corrected, or only by what chance could also do. Raises nothing on any grid of finite numbers.
    """
    layout, blocks = layout_of(version), blocks_of(version, level)
    flips = np.where(mask_of(mask, layout.size), -1.0, 1.0).astype(np.float32)
    values = (soft * flips).reshape(-1)[layout.order].reshape(-1, 8)
    wrong = 1.0 / (1.0 + np.exp(_STEEPNESS * np.minimum(np.abs(values), 2.0)))
    count, length = blocks.at.shape
    words = _Words(
        codewords=np.packbits(values > 0, axis=1).reshape(-1),
        values=values,
        doubts=-np.log1p(-wrong).sum(axis=1).astype(np.float32),
        blocks=blocks,
        fixed=np.zeros((count, length), np.uint8),
        evidence=np.full(count, -np.inf),
    )
    _correct_clean(words)
    for turn in range(_ROUNDS):
        open_blocks = np.flatnonzero(np.isinf(words.evidence))
        if open_blocks.size == 0:
            break
        if open_blocks.size < count:
            words.doubts = _guided(words, layout.order, layout.size)
        elif turn > 0:
            return None
        before = open_blocks.size
        _correct_open(words, open_blocks)
        if np.isinf(words.evidence).sum() == before and before < count and turn > 0:
            return None
    total = float(words.evidence.sum()) - log2(max(1, tries))
    if not total >= MIN_CODE_BITS:
        return None
    return _believed(words, version, mask, total)


def _correct_clean(words: _Words) -> None:
    """Blocks without any error need no arithmetic but the check."""
    rows = _rows(words.codewords, words.blocks.at)
    clean = ~syndromes(rows, words.blocks.parity).any(axis=1)
    words.fixed[clean] = rows[clean]
    words.evidence[clean] = 8.0 * words.blocks.parity


def _correct_open(words: _Words, blocks: Indices) -> None:
    """Try each open block with 0, 1, 2, ... of its most doubtful codewords erased; keep the best that is believed."""
    at, parity = words.blocks.at[blocks], words.blocks.parity
    length = at.shape[1]
    counts = _erasure_counts(parity)
    least = MIN_BLOCK_BITS if 2 * blocks.size > words.evidence.size else MIN_LAST_BLOCK_BITS
    rows = _rows(words.codewords, at)
    doubts = np.where(at < 0, -1.0, words.doubts[at])
    erasures = np.argsort(-doubts, axis=1)[:, :parity]
    repeat = np.repeat(np.arange(blocks.size), counts.size)
    each = np.tile(counts, blocks.size)
    result = correct(rows[repeat], parity, erasures[repeat], each)
    evidence = _evidence(length, parity, each, result.errors) - log2(counts.size)
    places = erasures[repeat]
    seen = _seen_bits(words.values, at[repeat[:, None], places], np.take_along_axis(result.words, places, axis=1))
    evidence += np.where(np.arange(parity) < each[:, None], seen, 0.0).sum(axis=1)
    # What a shorter block has before its first codeword is zero, and never wrong.
    absent = (at < 0)[repeat]
    believed = result.ok & (evidence >= least) & ~(absent & (result.words != 0)).any(axis=1)
    score = np.where(believed, evidence, -np.inf).reshape(blocks.size, counts.size)
    best = score.argmax(axis=1)
    words.evidence[blocks] = score[np.arange(blocks.size), best]
    words.fixed[blocks] = result.words.reshape(blocks.size, counts.size, length)[np.arange(blocks.size), best]


@lru_cache(maxsize=64)
def _erasure_counts(parity: int) -> Indices:
    """Each second number up to the parity: one erasure more would not leave room for one error less."""
    return np.array([*range(parity % 2, parity + 1, 2)], np.intp)


def _evidence(length: int, parity: int, erasures: Indices, errors: Indices) -> NDArray[np.float64]:
    """Bits of redundancy left over when a random word would be corrected just so."""
    table = _log_choices(length, parity)
    return 8.0 * (parity - erasures) - 8.0 * errors - table[length - erasures, np.minimum(errors, parity)]


@lru_cache(maxsize=64)
def _log_choices(length: int, parity: int) -> NDArray[np.float64]:
    """log2 of n over k, n to `length`, k to `parity`."""
    return np.array([[log2(max(1, comb(n, k))) for k in range(parity + 1)] for n in range(length + 1)])


def _seen_bits(values: Soft, at: Indices, answers: Bytes) -> NDArray[np.float64]:
    """How far the light under erased codewords speaks for the answers, in bits; for random answers 1 in 2 ** bits.

    At the rim of a stain half a codeword is clean: of what was erased with it, its bits are still a witness.
    """
    signs = np.unpackbits(answers[..., None], axis=-1).astype(np.float32) * 2.0 - 1.0
    right = 1.0 / (1.0 + np.exp(-_STEEPNESS * np.clip(signs * values[at], -1.0, 1.0)))
    return np.asarray(np.log2(2.0 * right).sum(axis=-1), np.float64)


def _rows(codewords: Bytes, at: Indices) -> Bytes:
    return np.where(at < 0, 0, codewords[at]).astype(np.uint8)


def _guided(words: _Words, order: Indices, size: int) -> NDArray[np.float32]:
    """Doubts of the open blocks' codewords, changed by what the corrected blocks show around each of them.

    Neighbouring codewords belong to different blocks, and dirt, glare and thumbs are larger than one codeword.
    """
    solved = ~np.isinf(words.evidence)
    at = words.blocks.at[solved]
    present = at >= 0
    places = at[present]
    bad = (_rows(words.codewords, at) != words.fixed[solved])[present]
    known, wrong = np.zeros(size * size, np.float32), np.zeros(size * size, np.float32)
    modules = order.reshape(-1, 8)
    known[modules[places]] = 1.0
    wrong[modules[places]] = bad[:, None]
    layers = np.stack([known, wrong], axis=-1).reshape(size, size, 2)
    around = np.asarray(cv2.GaussianBlur(layers, (0, 0), _NEIGHBOURHOOD), np.float32).reshape(-1, 2)
    base = float(bad.mean())
    rate = (around[:, 1] + 0.05 * base) / (around[:, 0] + 0.05)
    per_codeword = np.clip(rate[modules].mean(axis=1), 1e-3, 0.999)
    own = np.clip(1.0 - np.exp(-words.doubts), 1e-4, 0.9999)
    odds = np.log(own / (1 - own)) + 2.0 * np.log(per_codeword / (1 - per_codeword))
    return np.asarray(np.logaddexp(0.0, odds), np.float32)


def _believed(words: _Words, version: int, mask: int, total: float) -> Decoded | None:
    at, parity = words.blocks.at, words.blocks.parity
    data = b"".join(
        row[places >= 0].tobytes() for row, places in zip(words.fixed[:, :-parity], at[:, :-parity], strict=True)
    )
    try:
        message = message_of(data, version)
    except OutOfStandardError:
        return None
    if not message.payload or not (message.regular or total >= MIN_IRREGULAR_BITS):
        return None
    layout = layout_of(version)
    codewords = np.zeros(layout.order.size // 8, np.uint8)
    codewords[at[at >= 0]] = words.fixed[at >= 0]
    grid = layout.known.copy()
    signs = np.unpackbits(codewords).astype(np.int8) * 2 - 1
    grid.reshape(-1)[layout.order] = signs * np.where(mask_of(mask, layout.size), -1, 1).reshape(-1)[layout.order]
    return Decoded(message.payload, total, grid)
