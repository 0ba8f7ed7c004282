"""Finder patterns -> the grids they may belong to: three of one code, or two when the third is covered.

Two patterns side by side leave open which side the code lies on and which of its edges they hold; two across a
diagonal, which of them is the top right. The timing pattern, and the known modules as the grid grows, tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, islice, permutations
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware.scanner.codes import Gray
from firmware.scanner.rescue.format import version_said
from firmware.scanner.rescue.grid import Floats, Grid, apply_plane, plane_through
from firmware.scanner.rescue.layout import MAX_VERSION, MIN_VERSION, size_of
from firmware.scanner.rescue.locate import Finder
from firmware.scanner.rescue.refine import bend_through

#: The roles of a code's finder patterns, and where each has its outer top left corner, from the far corner's x and y.
TOP_LEFT: Final = (0, 0)
TOP_RIGHT: Final = (1, 0)
BOTTOM_LEFT: Final = (0, 1)

#: Finder patterns of one code look alike in size, even slanted: one is at most that much larger.
_MOST_UNLIKE: Final = 2.2
#: Groups of patterns of one frame that are looked at as a code; a code alone has two or three, a tiled frame hundreds.
_MOST_TRIED: Final = 24
#: Versions beside the likeliest that are tried: distances in perspective are not exact.
_VERSIONS_AROUND: Final = 2
#: Alternation of the timing pattern (1 perfect, 0 chance) below which two patterns have none between them.
_LEAST_TIMING: Final = 0.5
#: Agreement of version words (1 perfect, 0 chance) that settles the version.
_LEAST_SAID: Final = 0.7

_SQUARE: Final = np.array([(0, 0), (7, 0), (7, 7), (0, 7)], np.float64)
#: Middles of the version words' modules, most significant first, from the corner of the pattern beside them.
_WORDS: Final = {
    TOP_RIGHT: np.array([(n % 3 - 3.5, n // 3 + 0.5) for n in reversed(range(18))]),
    BOTTOM_LEFT: np.array([(n // 3 + 0.5, n % 3 - 3.5) for n in reversed(range(18))]),
}
#: Modules of a finder pattern that are dark, and that are light.
_DARK: Final = np.array([(x + 0.5, y + 0.5) for x in (2, 3, 4) for y in (2, 3, 4)])
_LIGHT: Final = np.array([(x + 0.5, 1.5) for x in range(1, 6)] + [(x + 0.5, 5.5) for x in range(1, 6)])


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """A grid that is right near its anchors, (n, 2) module coordinates, and how far it can be believed (0 to 2)."""

    grid: Grid
    anchors: Floats
    belief: float


def threes(gray: Gray, finders: list[Finder]) -> Iterator[Hypothesis]:
    """The grids of every three patterns that stand as a code's do, the likest patterns first, _MOST_TRIED at most."""
    for corner, right, below in islice(_cornered(_likest_first(finders, 3)), _MOST_TRIED):
        roles = {TOP_LEFT: corner, TOP_RIGHT: right, BOTTOM_LEFT: below}
        yield from _best_version(gray, roles, ((TOP_LEFT, TOP_RIGHT), (TOP_LEFT, BOTTOM_LEFT)))


def _cornered(groups: Iterable[tuple[Finder, ...]]) -> Iterator[tuple[Finder, ...]]:
    """Those of the threes, in every order, in which the first is the corner, the second right of it, the third below."""
    for group in groups:
        yield from (three for three in permutations(group) if _turns_right(*three) and _square_enough(*three))


def pairs(gray: Gray, finders: list[Finder]) -> Iterator[Hypothesis]:
    """The grids of every two patterns: side by side in each of four ways, or across in two; _MOST_TRIED at most."""
    lying = (
        (one, other, lie)
        for group in _likest_first(finders, 2)
        for one, other in permutations(group)
        if (lie := _lie(one, other)) != "apart"
    )
    for one, other, lie in islice(lying, _MOST_TRIED):
        if lie == "beside":
            for roles in ({TOP_LEFT: one, TOP_RIGHT: other}, {BOTTOM_LEFT: one, TOP_LEFT: other}):
                yield from _best_version(gray, roles, (tuple(roles),))
        else:
            yield from _versions_across(gray, {TOP_RIGHT: one, BOTTOM_LEFT: other})


def _likest_first(finders: list[Finder], count: int) -> list[tuple[Finder, ...]]:
    """Every so many patterns of about one size, those first whose least pattern-like one is the most so."""
    groups = [
        group for group in combinations(finders, count) if not any(_unlike(*two) for two in combinations(group, 2))
    ]
    return sorted(groups, key=lambda group: -min(finder.likeness for finder in group))


def _unlike(one: Finder, other: Finder) -> bool:
    small, large = sorted((one.side_px, other.side_px))
    return large > _MOST_UNLIKE * small


def _turns_right(corner: Finder, right: Finder, below: Finder) -> bool:
    x, y = right.middle - corner.middle, below.middle - corner.middle
    return bool(x[0] * y[1] - x[1] * y[0] > 0)


def _square_enough(corner: Finder, right: Finder, below: Finder) -> bool:
    """Whether, in the corner pattern's own frame, the others lie along two of its axes, about equally far."""
    across, down = _in_modules(corner, right.middle), _in_modules(corner, below.middle)
    far, near = max(np.abs(across).max(), np.abs(down).max()), min(np.abs(across).max(), np.abs(down).max())
    if near < 10.0 or far > 3.0 * near:
        return False
    return _slant(across) < 0.45 and _slant(down) < 0.45 and np.abs(across).argmax() != np.abs(down).argmax()


def _lie(one: Finder, other: Finder) -> str:
    """How the other lies, seen from the one: "beside", "across" a diagonal, or "apart"."""
    seen, back = _in_modules(one, other.middle), _in_modules(other, one.middle)
    if min(np.abs(seen).max(), np.abs(back).max()) < 9.0:
        return "apart"
    slants = (_slant(seen), _slant(back))
    if max(slants) < 0.35:
        return "beside"
    return "across" if min(slants) > 0.45 else "apart"


def _slant(vector: Floats) -> float:
    """0 along an axis, 1 along a diagonal."""
    small, large = sorted(np.abs(vector))
    return float(small / max(large, 1e-6))


def _in_modules(finder: Finder, point: Floats) -> Floats:
    """Where a point lies from a pattern's middle, in modules along its sides (perspective left aside)."""
    across = (finder.corners[1] - finder.corners[0] + finder.corners[2] - finder.corners[3]) / 14.0
    down = (finder.corners[3] - finder.corners[0] + finder.corners[2] - finder.corners[1]) / 14.0
    sides = np.column_stack([across, down])
    if abs(np.linalg.det(sides)) < 1e-3:
        return np.zeros(2)
    return np.asarray(np.linalg.solve(sides, point - finder.middle), np.float64)


_Roles = dict[tuple[int, int], Finder]


def _likely_versions(roles: _Roles) -> list[int]:
    """The versions near what the distance between two patterns, in modules of both, says; the likeliest first."""
    (role, one), (other_role, other) = list(roles.items())[:2]
    across = 0 not in (role[0] - other_role[0], role[1] - other_role[1])
    lengths = [np.abs(_in_modules(one, other.middle)), np.abs(_in_modules(other, one.middle))]
    distance = float(np.mean([length.sum() / 2 if across else length.max() for length in lengths]))
    likeliest = round((distance + 7 - 17) / 4)
    around = range(likeliest - _VERSIONS_AROUND, likeliest + _VERSIONS_AROUND + 1)
    return sorted((v for v in around if MIN_VERSION <= v <= MAX_VERSION), key=lambda v: abs(v - likeliest))


def _said_version(gray: Gray, roles: _Roles) -> tuple[int | None, float]:
    """The version that the words beside the top right or the bottom left pattern say, read in that pattern's own plane.

    Curved paper does not matter so near a pattern. None for versions below 7, which have no words, and for doubt. And
    how well the words agree, 0 for None.
    """
    best, agreed = None, 0.0
    for role, words in _WORDS.items():
        hypothesis = _placed(7, roles) if role in roles else None
        if hypothesis is None:
            continue
        square = _SQUARE + hypothesis.anchors[list(roles).index(role)] - 3.5
        plane = plane_through(square, _ordered(roles[role], _steps(hypothesis.grid)))
        if plane is None:
            continue
        origin = square[0]
        dark, light = (_light(gray, plane, points + origin).mean() for points in (_DARK, _LIGHT))
        seen = ((dark + light) / 2 - _light(gray, plane, words + origin)) / max(abs(light - dark) / 2, 1.0)
        version, agreement = version_said(np.clip(seen, -1.0, 1.0) * np.sign(light - dark))
        if agreement > max(agreed, _LEAST_SAID):
            best, agreed = version, agreement
    return best, agreed


def _steps(grid: Grid) -> Floats:
    """(2, 2): columns are the pixels that one module to the right, and one down, are worth in the code's middle."""
    middle = grid.size / 2
    here, right, below = apply_plane(
        grid.plane, np.array([(middle, middle), (middle + 1, middle), (middle, middle + 1)])
    )
    return np.column_stack([right - here, below - here])


def _light(gray: Gray, plane: Floats, modules: Floats) -> NDArray[np.float32]:
    places = np.clip(apply_plane(plane, modules), -9e3, 9e3).astype(np.float32)
    seen = cv2.remap(gray, places[:, 0:1], places[:, 1:2], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return seen.astype(np.float32).ravel()


def _best_version(gray: Gray, roles: _Roles, lines: tuple[tuple[tuple[int, int], ...], ...]) -> Iterator[Hypothesis]:
    """The version that the code says, or else the one whose timing patterns fit best, when they fit at all."""
    said, agreed = _said_version(gray, roles)
    found = []
    for version in [said] if said is not None else _likely_versions(roles):
        hypothesis = _placed(version, roles)
        if hypothesis is not None:
            belief = min(_timing(gray, hypothesis.grid, line) for line in lines)
            found.append(Hypothesis(hypothesis.grid, hypothesis.anchors, belief + agreed))
    best = max(found, key=lambda h: h.belief, default=None)
    if best is not None and (said is not None or best.belief >= _LEAST_TIMING):
        yield best


def _versions_across(gray: Gray, roles: _Roles) -> Iterator[Hypothesis]:
    """Both timing patterns end at the hidden corner: they tell once the grid has grown, and until then each may be."""
    said, agreed = _said_version(gray, roles)
    for turn, version in enumerate([said] if said is not None else _likely_versions(roles)[:3]):
        hypothesis = _placed(version, roles)
        if hypothesis is not None:
            yield Hypothesis(hypothesis.grid, hypothesis.anchors, 0.5 - 0.1 * turn + agreed)


def _placed(version: int, roles: _Roles) -> Hypothesis | None:
    """The plane through all corners of the patterns in their roles."""
    far = float(size_of(version) - 7)
    origins = {role: np.array([role[0] * far, role[1] * far]) for role in roles}
    directions = _directions(roles, origins)
    if directions is None:
        return None
    modules, pixels, anchors = [], [], []
    for role, finder in roles.items():
        modules.append(_SQUARE + origins[role])
        pixels.append(_ordered(finder, directions))
        anchors.append(origins[role] + 3.5)
    plane = plane_through(np.concatenate(modules), np.concatenate(pixels))
    if plane is None:
        return None
    bend = bend_through(version, plane, np.concatenate(modules), np.concatenate(pixels)) if len(roles) == 3 else None
    return Hypothesis(Grid(version, plane, bend), np.array(anchors), 0.0)


def _directions(roles: _Roles, origins: dict[tuple[int, int], Floats]) -> Floats | None:
    """(2, 2): columns are the pixels that one module to the right, and one down, are worth, roughly."""
    (role, one), (other_role, other) = list(roles.items())[:2]
    step, seen = origins[other_role] - origins[role], other.middle - one.middle
    if len(roles) == 3:
        third = list(roles)[2]
        steps = np.column_stack([step, origins[third] - origins[role]])
        return np.asarray(np.column_stack([seen, roles[third].middle - one.middle]) @ np.linalg.inv(steps), np.float64)
    # Two points fix a turn and a size: module (x, y) as the complex number x + iy.
    factor = complex(*seen) / complex(*step)
    return np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])


def _ordered(finder: Finder, directions: Floats) -> Floats:
    """The pattern's corners from the code's own top left, clockwise: the turn that fits the directions best."""
    square = np.array([(-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)]) @ directions.T
    around = finder.corners - finder.corners.mean(axis=0)
    turn = max(range(4), key=lambda n: float((np.roll(around, -n, axis=0) * square).sum()))
    return np.roll(finder.corners, -turn, axis=0)


def _timing(gray: Gray, grid: Grid, line: tuple[tuple[int, int], ...]) -> float:
    """How well the timing pattern between two neighbouring roles alternates: 1 perfect, 0 chance."""
    along = np.arange(8, grid.size - 8)
    across = np.full(along.size, 6)
    upright = line[0][0] == line[1][0]
    modules = np.column_stack([across, along] if upright else [along, across]) + 0.5
    flat = _light(gray, grid.plane, modules)
    flat = flat - cv2.blur(flat[None], (5, 1)).ravel()
    signs = np.where(along % 2 == 0, -1.0, 1.0)
    return abs(float((flat * signs).sum())) / max(float(np.abs(flat).sum()), 1e-6)
