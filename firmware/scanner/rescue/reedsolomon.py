"""Reed-Solomon of QR codes (GF(256), 0x11d, first root 1), errors and erasures, many words at a time in numpy.

Every row of a batch runs the same steps, so that a code's blocks and their guesses about erasures share each numpy
call. docs/decisions/0014-reed-solomon-with-erasures.md has the reasons and the figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]
Ints: TypeAlias = NDArray[np.intp]

_POLYNOMIAL: Final = 0x11D
_ORDER: Final = 255


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """One row for each word asked: `words` is right only where `ok`; `errors` counts changes outside the erasures."""

    words: Bytes
    ok: NDArray[np.bool_]
    errors: Ints


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    power: Bytes  # power[n] = a ** n, for 0 <= n < 510
    product: Bytes  # (256 * 256): product[x << 8 | y]
    inverse: Bytes


@lru_cache(maxsize=1)
def _field() -> _Field:
    power = np.zeros(2 * _ORDER, np.uint8)
    log = np.zeros(256, np.intp)
    value = 1
    for exponent in range(_ORDER):
        power[exponent] = power[exponent + _ORDER] = value
        log[value] = exponent
        value = value << 1 ^ (_POLYNOMIAL if value & 0x80 else 0)
    product = power[log[:, None] + log[None, :]]
    product[0, :] = product[:, 0] = 0
    inverse = power[(_ORDER - log) % _ORDER]
    return _Field(power, product.reshape(-1), inverse)


def _times(left: Bytes, right: Bytes) -> Bytes:
    return np.asarray(_field().product[left.astype(np.intp) << 8 | right], np.uint8)


@lru_cache(maxsize=128)
def _powers(length: int, count: int) -> Bytes:
    """(count, length): row j holds locator ** j of each place, the first place being the highest power."""
    exponents = np.outer(np.arange(count), np.arange(length)[::-1]) % _ORDER
    return _field().power[exponents]


@lru_cache(maxsize=128)
def _inverse_powers(length: int, count: int) -> Bytes:
    exponents = -np.outer(np.arange(count), np.arange(length)[::-1]) % _ORDER
    return _field().power[exponents]


def syndromes(words: Bytes, parity: int) -> Bytes:
    """(rows, parity): all zero for a word without an error."""
    table = _powers(words.shape[1], parity)
    return np.asarray(np.bitwise_xor.reduce(_times(words[:, None, :], table[None]), axis=2), np.uint8)


def correct(words: Bytes, parity: int, erasures: Ints, counts: Ints) -> Corrected:
    """Correct each row of `words` (rows, length), the first `counts[row]` places of `erasures[row]` (all different) being unknown.

    Finds every word with 2 * errors + erasures <= parity; a row that has none is not `ok`. Never raises on contents.
    """
    rows, length = words.shape
    checks = syndromes(words, parity)
    locator, degree = _locate(checks, _erasure_locators(length, parity, erasures, counts), counts)
    errors = degree - counts
    ok = (counts <= parity) & (errors >= 0) & (2 * errors + counts <= parity)
    fixed = words.copy()
    live = np.flatnonzero(ok)
    if live.size:
        change, right = _changes(checks[live], locator[live], degree[live], length)
        fixed[live] ^= change
        ok[live] = right
        again = live[right]
        ok[again] = ~syndromes(fixed[again], parity).any(axis=1)
        inside = np.zeros((rows, length), np.bool_)
        columns = np.arange(erasures.shape[1])
        np.put_along_axis(inside, erasures, columns[None] < counts[:, None], axis=1)
        errors = np.asarray(((fixed != words) & ~inside).sum(axis=1), np.intp)
    return Corrected(fixed, ok, errors)


def _erasure_locators(length: int, parity: int, erasures: Ints, counts: Ints) -> Bytes:
    """(rows, parity + 1), lowest power first: the product of (1 - X x) over each row's erased places."""
    locator = np.zeros((counts.size, parity + 1), np.uint8)
    locator[:, 0] = 1
    places = _powers(length, 2)[1]
    for step in range(min(int(counts.max(initial=0)), parity)):
        factor = np.where(step < counts, places[erasures[:, step]], 0).astype(np.uint8)
        locator[:, 1:] ^= _times(locator[:, :-1], factor[:, None])
    return locator


def _locate(checks: Bytes, locator: Bytes, counts: Ints) -> tuple[Bytes, Ints]:
    """Berlekamp and Massey's recurrence, begun from the erasures: the locator of all wrong places, and its degree."""
    parity = checks.shape[1]
    previous = locator.copy()
    degree = counts.copy()
    inverse = _field().inverse
    for step in range(parity):
        at_work = step >= counts
        window = checks[:, step::-1]
        gap = np.bitwise_xor.reduce(_times(locator[:, : step + 1], window), axis=1)
        gap = np.where(at_work, gap, 0).astype(np.uint8)
        moved = np.zeros_like(previous)
        moved[:, 1:] = previous[:, :-1]
        longer = (gap != 0) & (2 * degree <= step + counts)
        scaled = _times(locator, inverse[gap][:, None])
        shifted = locator ^ _times(moved, gap[:, None])
        previous = np.where(longer[:, None], scaled, np.where(at_work[:, None], moved, previous))
        degree = np.where(longer, step + 1 - degree + counts, degree)
        locator = shifted
    return locator, degree


def _changes(checks: Bytes, locator: Bytes, degree: Ints, length: int) -> tuple[Bytes, NDArray[np.bool_]]:
    """Forney's values at the locator's roots, and whether each row's locator has all its roots inside the word."""
    parity = checks.shape[1]
    inverse_powers = _inverse_powers(length, parity + 1)
    values = _evaluate(locator, inverse_powers)
    roots = values == 0
    right = (roots.sum(axis=1) == degree) & (locator[np.arange(degree.size), degree] != 0)
    evaluator = np.zeros_like(checks)
    for power in range(parity):
        evaluator[:, power:] ^= _times(checks[:, : parity - power], locator[:, power, None])
    slope = locator[:, 1::2]  # the formal derivative keeps odd powers only
    bottom = _evaluate(slope, inverse_powers[0 : 2 * slope.shape[1] : 2])
    top = _times(_evaluate(evaluator, inverse_powers[:parity]), _powers(length, 2)[1][None])
    change = np.where(roots, _times(top, _field().inverse[bottom]), 0).astype(np.uint8)
    return change, right


def _evaluate(polynomials: Bytes, powers: Bytes) -> Bytes:
    """(rows, places): each polynomial (lowest power first) at each place; `powers` is (coefficients, places)."""
    values = np.zeros((polynomials.shape[0], powers.shape[1]), np.uint8)
    for power in range(polynomials.shape[1]):
        values ^= _times(polynomials[:, power, None], powers[power][None])
    return values
