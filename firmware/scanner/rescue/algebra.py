"""Products of tall matrices, without the threads of numpy's BLAS.

BLAS starts a thread on every core for any product of more than 2 ** 18 multiplications, and they wait for each other
in a busy loop: measured here, a grid fit of 12 ms of work costs 230 ms of processor time on two cores. Small pieces
stay below that mark.
"""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

_F = TypeVar("_F", np.float32, np.float64)

_PIECE: Final = 256
#: Matrix times vector has a lower mark than matrix times matrix.
_SHORT_PIECE: Final = 128


def gram(left: NDArray[_F], right: NDArray[_F]) -> NDArray[_F]:
    """left.T @ right, for (n, a) and (n, b), a and b being small."""
    if len(left) <= _PIECE:
        return np.asarray(left.T @ right)
    return np.asarray((_pieces(left, _PIECE).transpose(0, 2, 1) @ _pieces(right, _PIECE)).sum(axis=0))


def product(rows: NDArray[_F], few: NDArray[_F]) -> NDArray[_F]:
    """rows @ few, for (..., a) and (a, b)."""
    flat = rows.reshape(-1, rows.shape[-1])
    if len(flat) <= _SHORT_PIECE:
        return np.asarray((flat @ few).reshape(*rows.shape[:-1], few.shape[1]))
    pieces = _pieces(flat, _SHORT_PIECE) @ few
    return np.asarray(pieces.reshape(-1, few.shape[1])[: len(flat)].reshape(*rows.shape[:-1], few.shape[1]))


def _pieces(rows: NDArray[_F], length: int) -> NDArray[_F]:
    """(n, a) as (pieces, length, a), the last one filled with zeros."""
    padded = np.pad(rows, ((0, -len(rows) % length), (0, 0)))
    return padded.reshape(-1, length, rows.shape[1])
