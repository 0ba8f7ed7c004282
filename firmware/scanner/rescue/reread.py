"""The room's door: codes that were found and not corrected -> the codes among them that can be read after all."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

import numpy as np

from firmware.scanner.codes import QR, Code, Corners, Gray, holds_a_code, require_gray
from firmware.scanner.rescue.crossings import LOOKS
from firmware.scanner.rescue.decode import Decoded, decode
from firmware.scanner.rescue.format import Format, Soft, formats_of
from firmware.scanner.rescue.fuse import Fusion, all_show
from firmware.scanner.rescue.grid import Grid, agreement, grid_from_corners
from firmware.scanner.rescue.hypotheses import Hypothesis, pairs, threes
from firmware.scanner.rescue.layout import MAX_VERSION, MIN_VERSION, layout_of
from firmware.scanner.rescue.locate import finders_of
from firmware.scanner.rescue.refine import polish, refine_bend, refine_plane
from firmware.scanner.rescue.sample import sample
from firmware.scanner.rescue.view import View, view_of
from firmware.scanner.zxing import Unread

NAME: Final = "rescue"

#: Known modules of a code that is one agree at least this well; a grid beside the code, or no code, does not.
_LEAST_AGREEMENT: Final = 0.35
#: A grid this good is read at once; making it better comes after.
_GOOD_AGREEMENT: Final = 0.9
#: Finder patterns that are combined: a picture tiled with them has thousands, and every three of them are a code.
_MOST_FINDERS: Final = 8
#: Grids this near, in parts of the code's extent, are of one code.
_SAME_PLACE: Final = 0.1
#: A grid between these is polished: it is one of this code, and leaves something to gain.
_POLISH_FROM: Final = 0.5
_POLISH_TO: Final = 0.97
#: Candidates of one frame that are looked at: a picture full of finder patterns has hundreds.
_MOST_CANDIDATES: Final = 4
#: A format this much likelier than the next one is the only one tried.
_CLEAR: Final = 0.3
#: How far from its finder patterns a grid is known, step by step, in modules.
_GROWTH: Final = (12.0, 18.0, 27.0, 40.0, 60.0, 1e3)
#: Formats of one grid that are tried; more would cost evidence and time.
_FORMATS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What one frame shows of a code that it alone does not give."""

    fits: float
    view: View
    grid: Grid
    soft: Soft
    form: Format


def rescue(
    gray: Gray,
    candidates: Sequence[Unread] | None,
    *,
    memory: Fusion | None = None,
    budget_s: float = 0.25,
    stage: str = NAME,
    turn: int = 0,
) -> list[Code]:
    """The codes among `candidates` (of this same frame) that can be read, each payload once; exact bytes.

    Without candidates (None) it looks for finder patterns itself, and for codes one of whose three is covered: that
    takes longer than pyzbar, and begins with another way of looking at each `turn`. With a `memory`, what was seen of
    the same code in the frames before helps this one (give it each frame once). Nothing begins after `budget_s`. Never
    raises on contents; ValueError when `gray` is not a frame.
    """
    require_gray(gray)
    if not holds_a_code(gray):
        return []
    ends_s = time.thread_time() + budget_s
    codes: dict[bytes, Code] = {}
    best: _Seen | None = None
    # A grid that fits well was read as well as can be: other guesses about the same place would give no more.
    done: list[Corners] = []
    for view, rough, hint in _searched(gray, turn, ends_s) if candidates is None else _given(gray, candidates):
        if time.thread_time() >= ends_s:
            break
        if any(_same_place(view.outside(rough.corners()), place) for place in done):
            continue
        code, seen = _read(view, rough, hint, ends_s, stage)
        if code is not None:
            codes.setdefault(code.payload, code)
            if candidates is None:
                break  # what is left are other guesses about the same finder patterns
        if seen is not None and seen.fits > _GOOD_AGREEMENT:
            done.append(seen.view.outside(seen.grid.corners()))
        if seen is not None and (best is None or seen.fits > best.fits):
            best = seen
    if not codes and best is not None and memory is not None and time.thread_time() < ends_s:
        code = _read_sum(best, memory, stage)
        return [] if code is None else [code]
    return list(codes.values())


def _given(gray: Gray, candidates: Sequence[Unread]) -> Iterator[tuple[View, Grid, Format | None]]:
    """The grids of what zxing found, those that fit best first."""
    found: list[tuple[float, View, Grid, Unread]] = []
    for candidate in sorted(candidates, key=lambda c: -_extent(c.corners))[: 2 * _MOST_CANDIDATES]:
        if candidate.version is None or not MIN_VERSION <= candidate.version <= MAX_VERSION:
            continue
        view = view_of(gray, candidate.corners, candidate.version)
        # zxing counts from a pixel's corner, cv2 from its middle.
        rough = grid_from_corners(view.inside(candidate.corners - 0.5), candidate.version)
        if rough is not None:
            found.append((abs(agreement(view.gray, rough)), view, rough, candidate))
    for _, view, rough, candidate in sorted(found, key=lambda f: -f[0])[:_MOST_CANDIDATES]:
        known = candidate.level is not None and candidate.mask is not None
        yield view, rough, Format(str(candidate.level), int(candidate.mask or 0), 1.0) if known else None


def _same_place(one: Corners, other: Corners) -> bool:
    """Whether two grids cover the same part of the frame, whichever of their corners is called the first."""
    near = _SAME_PLACE * _extent(other)
    apart = np.abs(one.mean(axis=0) - other.mean(axis=0)).max()
    return bool(apart < near and abs(_extent(one) - _extent(other)) < near)


def _searched(gray: Gray, turn: int, ends_s: float) -> Iterator[tuple[View, Grid, Format | None]]:
    """The grids of finder patterns found here, three together first, those that can be believed most first."""
    for number in range(len(LOOKS)):
        finders = finders_of(gray, LOOKS[(turn + number) % len(LOOKS)])[:_MOST_FINDERS]
        for hypotheses in (threes(gray, finders), pairs(gray, finders)):
            in_time = takewhile(lambda _: time.thread_time() < ends_s, hypotheses)
            likeliest = sorted(in_time, key=lambda h: -h.belief)[:_MOST_CANDIDATES]
            # Which way up a code lies is often an open question until the known modules are asked.
            for hypothesis in sorted(likeliest, key=lambda h: -abs(agreement(gray, h.grid))):
                grid = _grown(gray, hypothesis)
                view = view_of(gray, grid.corners(), grid.version)
                yield view, replace(grid, plane=view.plane_inside(grid.plane)), None
        if time.thread_time() >= ends_s or len(finders) >= _MOST_FINDERS:
            return  # so many are seen well: another way of looking shows the same ones


def _grown(gray: Gray, hypothesis: Hypothesis) -> Grid:
    """The hypothesis with its plane grown from its finder patterns to the whole code, where that makes it better."""
    grid = hypothesis.grid
    if grid.bend is not None or abs(agreement(gray, grid)) > _GOOD_AGREEMENT:
        return grid
    grown = refine_plane(gray, grid, reaches=_GROWTH, anchors=hypothesis.anchors)
    return max(grid, grown, key=lambda either: abs(agreement(gray, either)))


def _read(view: View, rough: Grid, hint: Format | None, ends_s: float, stage: str) -> tuple[Code | None, _Seen | None]:
    """The code at a rough grid, and the best that was seen of it."""
    best: _Seen | None = None
    for grid in _better(view.gray, rough):
        if time.thread_time() >= ends_s:
            break
        fits = abs(agreement(view.gray, grid))
        if fits < _LEAST_AGREEMENT:
            continue
        soft = sample(view.gray, grid)
        forms = _formats(soft, grid, hint)
        if best is None or fits > best.fits:
            best = _Seen(fits, view, grid, soft, forms[0])
        for form in forms:
            decoded = decode(soft, grid.version, form.level, form.mask, tries=2 * _FORMATS)
            if decoded is not None:
                return _code(view, grid, decoded, stage), best
    return None, best


def _read_sum(seen: _Seen, memory: Fusion, stage: str) -> Code | None:
    """The code that this frame and those before it say together."""
    version, form = seen.grid.version, seen.form
    together = memory.add(seen.soft, version, form)
    if together is None:
        return None
    decoded = decode(together.soft, version, form.level, form.mask, tries=2)
    if decoded is None or not all_show(together.grids, decoded.grid, version, form.level):
        return None
    return _code(seen.view, seen.grid, decoded, stage)


def _better(gray: Gray, rough: Grid) -> Iterator[Grid]:
    """The rough grid made better step by step; each step is tried before the next is worked out."""
    rough_fits = abs(agreement(gray, rough))
    if rough_fits > _GOOD_AGREEMENT:
        yield rough
    flat = refine_plane(gray, rough, reaches=(1e3, 1e3)) if rough.bend is None else rough
    start = flat if abs(agreement(gray, flat)) > rough_fits else rough
    if start is not rough or rough_fits <= _GOOD_AGREEMENT:
        yield start
    start_fits = abs(agreement(gray, start))
    if start.bend is None and _POLISH_FROM < start_fits < _POLISH_TO:
        polished = polish(gray, start)
        if polished is not start:
            yield polished
    yield refine_bend(gray, start)
    if start is not rough and rough_fits <= _GOOD_AGREEMENT:
        yield refine_bend(gray, rough)


def _formats(soft: Soft, grid: Grid, hint: Format | None) -> list[Format]:
    """What to try: what the grid says, and what zxing said where that differs; one only, when the grid is clear."""
    found = formats_of(soft, layout_of(grid.version), _FORMATS)
    if hint is not None and (hint.level, hint.mask) != (found[0].level, found[0].mask):
        return [found[0], hint]
    return found[:1] if hint is not None or found[0].agreement > found[1].agreement + _CLEAR else found


def _code(view: View, grid: Grid, decoded: Decoded, stage: str) -> Code:
    return Code(decoded.payload, QR, view.outside(grid.corners()) + 0.5, NAME, stage)


def _extent(corners: Corners) -> float:
    return float(np.ptp(corners, axis=0).max())
