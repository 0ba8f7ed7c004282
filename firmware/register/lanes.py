"""Bits whose odds are known -> as few bytes as their entropy, and back: a binary rANS coder for many rows of bits at once.

Source: Duda, Asymmetric numeral systems, arXiv:1311.2540 (2013). Each row ("lane") has a state of 32 bits that gives and takes
words of 16; all lanes share one stream of words. Whole numbers only: every machine decodes the same.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from firmware.register.bits import Bits, Numbers
from firmware.register.facts import RegisterError

#: Odds are counted in this many parts; 0 and all of them mean that the bit is certain, and costs nothing.
ODDS_BITS: Final = 14
CERTAIN: Final = 1 << ODDS_BITS
_WORD_BITS: Final = 16
_LEAST: Final = 1 << _WORD_BITS
_STATE_BYTES, _WORD_BYTES = 4, 2

Odds = npt.NDArray[np.uint16]
Words = npt.NDArray[np.uint64]


def odds_of(ones: Numbers, total: Numbers) -> Odds:
    """The share of ones, in parts of `CERTAIN`; certain only where there are none, or nothing else."""
    share = (ones * CERTAIN + total // 2) // np.maximum(total, 1)
    share = np.clip(share, 1, CERTAIN - 1)
    return np.where(ones == 0, 0, np.where(ones == total, CERTAIN, share)).astype(np.uint16)


def encode(bits: Bits, odds: Odds) -> bytes:
    """Rows of bits, a lane in each column, with the odds of a 1 for each: the states of the lanes, then the words.

    A lane that is shorter is filled up with certain bits.
    """
    steps, lanes = bits.shape
    state = np.full(lanes, _LEAST, np.uint64)
    words: list[Words] = []
    for step in range(steps - 1, -1, -1):
        share, start = _slot(bits[step] != 0, odds[step].astype(np.uint64))
        full = state >= share << np.uint64(32 - ODDS_BITS)
        if full.any():
            words.append(state[full] & np.uint64(_LEAST - 1))
            state[full] >>= np.uint64(_WORD_BITS)
        times, rest = np.divmod(state, share)
        state = (times << np.uint64(ODDS_BITS)) + rest + start
    stream = np.concatenate(words[::-1]) if words else np.zeros(0, np.uint64)
    return state.astype("<u4").tobytes() + stream.astype("<u2").tobytes()


def decode(data: bytes, odds: Odds) -> tuple[Bits, int]:
    """The rows of bits, and how many bytes they took. Raises RegisterError when the data ends early, or does not come out even."""
    steps, lanes = odds.shape
    head = lanes * _STATE_BYTES
    if len(data) < head:
        raise RegisterError("a packed block that ends early")
    state = np.frombuffer(data, "<u4", lanes).astype(np.uint64)
    words = np.frombuffer(data, "<u2", (len(data) - head) // _WORD_BYTES, head).astype(np.uint64)
    bits = np.zeros((steps, lanes), np.uint8)
    at = 0
    for step in range(steps):
        part, share = state & np.uint64(CERTAIN - 1), odds[step].astype(np.uint64)
        one = part >= np.uint64(CERTAIN) - share
        bits[step] = one
        share, start = _slot(one, share)
        state = share * (state >> np.uint64(ODDS_BITS)) + part - start
        empty = np.flatnonzero(state < _LEAST)
        if len(empty):
            if at + len(empty) > len(words):
                raise RegisterError("a packed block that ends early")
            state[empty] = state[empty] << np.uint64(_WORD_BITS) | words[at : at + len(empty)]
            at += len(empty)
    if (state != _LEAST).any():
        raise RegisterError("a packed block that does not come out even")
    return bits, head + at * _WORD_BYTES


def _slot(one: npt.NDArray[np.bool], odds: Words) -> tuple[Words, Words]:
    """How many parts the bit has, and where they begin: zeros first."""
    zeros = np.uint64(CERTAIN) - odds
    return np.where(one, odds, zeros), np.where(one, zeros, np.uint64(0))
