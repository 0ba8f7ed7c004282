"""Where a picture that stands for hours goes next: over the least worn pixels, a little at a time. Pure.

Each minute each piece moves by at most SWIM_PX each way, towards where it lights the least worn pixels (PiKVM's OLED daemon moves
its text as far and as often, without looking at wear). Which piece stands above which, and which way it is drawn, changes
only while something else is on the screen: nobody sees it jump.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware.display.pieces import GAP, Arrangement, Piece, centred
from firmware.display.screens import HEIGHT, WIDTH

SWIM_PX: Final = 3
SWIM_EACH_S: Final = 60.0
#: Not oftener, so that whoever looks again a moment later finds the time where it was.
REARRANGE_EACH_S: Final = 600.0
#: How much more a worn pixel is shunned: the larger, the more only the most worn ones count.
_SHUN: Final = 20

Array = NDArray[np.float64]
_Places = NDArray[np.intp]
#: By top row: the least cost of a piece there, and the column and the way in which it has it.
_Rows = tuple[Array, _Places, _Places]


class Swimmer:
    """Gives the arrangement for now. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._now: Arrangement | None = None
        self._moved_s = 0.0
        self._arranged_s = 0.0

    def place(self, pieces: Sequence[Piece], wear: Array, now_s: float, *, unseen: bool) -> Arrangement:
        """`wear` is HEIGHT x WIDTH, in any unit; `unseen` says that this picture is not on the screen at the moment."""
        shown = self._now
        if shown is None or not fits(shown, pieces) or (unseen and now_s - self._arranged_s >= REARRANGE_EACH_S):
            shown, self._moved_s, self._arranged_s = rearranged(pieces, wear), now_s, now_s
        elif now_s - self._moved_s >= SWIM_EACH_S:
            minutes = int((now_s - self._moved_s) // SWIM_EACH_S)
            shown, self._moved_s = swum(shown, pieces, wear, minutes * SWIM_PX), self._moved_s + minutes * SWIM_EACH_S
        self._now = shown
        return shown


def fits(arrangement: Arrangement, pieces: Sequence[Piece]) -> bool:
    """Whether these pieces can stand so: other pieces than those that were arranged may be fewer, have fewer ways, or be higher."""
    if len(arrangement.order) != len(pieces):
        return False
    floor = -GAP
    for piece in arrangement.order:
        top = arrangement.places[piece][1]
        if arrangement.ways[piece] >= len(pieces[piece]) or top < floor + GAP:
            return False
        floor = top + pieces[piece][0].height
    return floor <= HEIGHT


def rearranged(pieces: Sequence[Piece], wear: Array) -> Arrangement:
    """The best of all orders, ways and places; the first of them, `centred`, on a display that is not worn at all."""
    cost = _cost(wear)
    if not cost.any():
        return centred(pieces)
    rows = [_cheapest([_scores(cost, way) for way in piece]) for piece in pieces]
    orders = permutations(range(len(pieces)))
    found = ((order, *_stacked(order, [rows[piece] for piece in order], pieces)) for order in orders)
    order, _, places = min(found, key=lambda one: one[1])
    ways = (int(rows[piece][2][top]) for piece, (_, top) in enumerate(places))
    return Arrangement(order, tuple(ways), places)


def swum(shown: Arrangement, pieces: Sequence[Piece], wear: Array, reach_px: int) -> Arrangement:
    """The same order, each piece moved by at most `reach_px` each way."""
    cost = _cost(wear)
    rows = [
        _cheapest([_near(_scores(cost, pieces[piece][shown.ways[piece]]), shown.places[piece], reach_px)])
        for piece in shown.order
    ]
    total, places = _stacked(shown.order, rows, pieces)
    return Arrangement(shown.order, shown.ways, places) if np.isfinite(total) else shown


def _cost(wear: Array) -> Array:
    most = wear.max()
    return np.zeros_like(wear) if most <= 0 else (wear / most) ** _SHUN


def _scores(cost: Array, picture: object) -> Array:
    """For each top row and left column: what the lit pixels of the picture cost there. A correlation, by Fourier transform."""
    ink = np.asarray(picture, dtype=np.float64)
    shape = (2 * HEIGHT, 2 * WIDTH)
    spectrum = np.fft.rfft2(cost, shape) * np.conj(np.fft.rfft2(ink, shape))
    found: Array = np.fft.irfft2(spectrum, shape)[: HEIGHT - ink.shape[0] + 1, : WIDTH - ink.shape[1] + 1]
    return found


def _near(scores: Array, place: tuple[int, int], reach_px: int) -> Array:
    """The same where the place may be reached, infinite elsewhere."""
    left, top = min(place[0], scores.shape[1] - 1), min(place[1], scores.shape[0] - 1)
    near = np.full_like(scores, np.inf)
    window = (slice(max(0, top - reach_px), top + reach_px + 1), slice(max(0, left - reach_px), left + reach_px + 1))
    near[window] = scores[window]
    return near


def _cheapest(scores_by_way: Sequence[Array]) -> _Rows:
    scores = np.stack(scores_by_way, axis=1)  # top row, way, left column
    flat = scores.reshape(len(scores), -1)
    best = flat.argmin(axis=1)
    way, left = np.divmod(best, scores.shape[2])
    return flat[np.arange(len(flat)), best], left, way


def _stacked(
    order: tuple[int, ...], rows: Sequence[_Rows], pieces: Sequence[Piece]
) -> tuple[float, tuple[tuple[int, int], ...]]:
    """The least cost of pieces one above the other that do not touch, and their places by piece. `rows` is in `order`."""
    totals: list[Array] = []
    for cheapest, _, _ in rows:
        total = cheapest.copy()
        if totals:
            above, height = totals[-1], pieces[order[len(totals) - 1]][0].height + GAP
            total[:height] = np.inf
            best = np.minimum.accumulate(above)
            reached = np.minimum(np.arange(height, len(total)) - height, len(best) - 1)
            total[height:] += best[reached]
        totals.append(total)
    tops = list(_traced(order, totals, pieces))
    places = {piece: (int(rows[at][1][tops[at]]), tops[at]) for at, piece in enumerate(order)}
    return float(totals[-1].min()), tuple(places[piece] for piece in range(len(order)))


def _traced(order: tuple[int, ...], totals: Sequence[Array], pieces: Sequence[Piece]) -> Iterator[int]:
    """The top rows that give the least total, from the upper piece down."""
    tops: list[int] = []
    end = len(totals[-1])
    for at in range(len(order) - 1, -1, -1):
        tops.append(int(totals[at][:end].argmin()))
        if at:
            end = tops[-1] - GAP - pieces[order[at - 1]][0].height + 1
    yield from reversed(tops)
