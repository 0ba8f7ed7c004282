"""Where each pixel of the frame looks: camera rays against a sheet that is flat, round or folded. Lengths in modules.

A sheet is a height over its plane, a sum of waves each along one direction. Paper does not stretch, so along such a
direction the way on the sheet is the arc of the height, not its shadow on the plane: that is what bends a code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.degrader.shot import Shot

Grid = NDArray[np.float32]

#: Focal length against the frame's width, of an ordinary camera module.
FOCAL_SHARE: Final = 1.15
_STEPS_A_MODULE: Final = 4
_BEND_MODULES: Final = 2.5  # a fold in paper is not sharper than this
_FOLDS: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Wave:
    """Tables over the distance from the middle along `direction`: height, way on the sheet minus distance, slope."""

    direction: tuple[float, float]
    first: float
    height: NDArray[np.float64]
    stretch: NDArray[np.float64]
    slope: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """For each pixel of a part of the frame: where on the sheet it looks (modules from its middle), and the shading."""

    left: int
    top: int
    across: Grid
    down: Grid
    shade: Grid


def wave_along(direction_rad: float, slope: NDArray[np.float64], reach: float) -> Wave:
    """The wave with this slope at equal steps from -reach to reach."""
    step = 2 * reach / (len(slope) - 1)
    middle = len(slope) // 2
    height = np.cumsum(slope) * step
    arc = np.cumsum(np.sqrt(1 + slope**2)) * step
    distance = np.linspace(-reach, reach, len(slope))
    stretch = (arc - arc[middle]) - (distance - distance[middle])
    return Wave((math.cos(direction_rad), math.sin(direction_rad)), -reach, height - height[middle], stretch, slope)


def waves_of(shot: Shot, width: int, rng: np.random.Generator) -> tuple[Wave, ...]:
    """The bends of the sheet that carries a code `width` modules wide."""
    waves = []
    reach = float(width)
    count = 2 * int(reach * _STEPS_A_MODULE) + 1
    distance = np.linspace(-reach, reach, count)
    if shot.cylinder_deg > 0:
        radius = width / math.radians(shot.cylinder_deg)
        inside = np.clip(distance / radius, -0.995, 0.995)
        waves.append(wave_along(float(rng.normal(0.0, 0.04)), inside / np.sqrt(1 - inside**2), reach))
    if shot.crease_deg > 0:
        turn = float(rng.uniform(0, math.pi))
        for number in range(_FOLDS):
            direction = turn + number * math.pi / _FOLDS + float(rng.normal(0, 0.15))
            waves.append(wave_along(direction, _folded(distance, width, shot.crease_deg, rng), reach))
    return tuple(waves)


def _folded(
    distance: NDArray[np.float64], width: int, slope_deg: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Slopes that change sign at folds a sixth to a half of the code apart, as paper that was in a pocket."""
    slope = np.zeros_like(distance)
    at, sign = float(distance[0]), float(rng.choice([-1.0, 1.0]))
    while at < distance[-1]:
        ends = at + width * float(rng.uniform(0.16, 0.5))
        here = (distance >= at) & (distance < ends)
        slope[here] = sign * math.tan(math.radians(slope_deg * float(rng.uniform(0.3, 1.0)))) / math.sqrt(_FOLDS)
        at, sign = ends, -sign
    kernel = np.hanning(int(_BEND_MODULES * _STEPS_A_MODULE) + 3)
    return np.convolve(np.pad(slope, len(kernel), mode="edge"), kernel / kernel.sum(), "same")[
        len(kernel) : -len(kernel)
    ]


def held(shot: Shot, rng: np.random.Generator) -> Shot:
    """The shot as a hand gives it: each seed turns and shifts it a little."""
    turns, shifts = rng.uniform(-1, 1, 3), rng.uniform(-1, 1, 2)
    return moved(shot, turns * (4.0, 4.0, 12.0), shifts * (50.0, 30.0))


def moved(shot: Shot, turn_deg: NDArray[np.float64], shift_px: NDArray[np.float64]) -> Shot:
    """The shot turned by (yaw, pitch, roll) and shifted."""
    return replace(
        shot,
        yaw_deg=shot.yaw_deg + float(turn_deg[0]),
        pitch_deg=shot.pitch_deg + float(turn_deg[1]),
        roll_deg=shot.roll_deg + float(turn_deg[2]),
        shift_px=(shot.shift_px[0] + float(shift_px[0]), shot.shift_px[1] + float(shift_px[1])),
    )


def look(shot: Shot, waves: tuple[Wave, ...], half: tuple[float, float], margin_px: int) -> View | None:
    """The view of a sheet that reaches `half` modules from its middle; None when it is outside of the frame."""
    width, height = shot.size
    focal = FOCAL_SHARE * width
    far = focal / shot.module_px
    turn = _rotation(shot)
    middle = np.array([shot.shift_px[0] / shot.module_px, shot.shift_px[1] / shot.module_px, far])
    left, top, right, bottom = _bounds(turn, middle, waves, half, shot, margin_px)
    if right - left < 2 or bottom - top < 2:
        return None
    rays = np.stack(
        np.broadcast_arrays(
            ((np.arange(left, right) + 0.5 - width / 2) / focal)[np.newaxis, :],
            ((np.arange(top, bottom) + 0.5 - height / 2) / focal)[:, np.newaxis],
            np.ones((1, 1)),
        )
    )
    # In the sheet's own axes, the camera is a point and each ray a direction: find where it meets the height.
    eye = -turn.T @ middle
    ray = np.einsum("ij,jyx->iyx", turn.T, rays)
    x = y = np.zeros(ray.shape[1:])
    lift: NDArray[np.float64] = np.zeros(ray.shape[1:])
    for _ in range(4 if waves else 1):
        reach = (lift - eye[2]) / np.where(np.abs(ray[2]) < 1e-6, 1e-6, ray[2])
        x, y = eye[0] + reach * ray[0], eye[1] + reach * ray[1]
        lift = _height(waves, x, y)
    across, down, shade = _unrolled(waves, x, y)
    behind = reach <= 0
    across[behind], down[behind] = 1e6, 1e6
    return View(left, top, across.astype(np.float32), down.astype(np.float32), shade.astype(np.float32))


def _rotation(shot: Shot) -> NDArray[np.float64]:
    yaw, pitch, roll = (math.radians(angle) for angle in (shot.yaw_deg, shot.pitch_deg, shot.roll_deg))
    about_y = np.array([(math.cos(yaw), 0, math.sin(yaw)), (0, 1, 0), (-math.sin(yaw), 0, math.cos(yaw))])
    about_x = np.array([(1, 0, 0), (0, math.cos(pitch), -math.sin(pitch)), (0, math.sin(pitch), math.cos(pitch))])
    about_z = np.array([(math.cos(roll), -math.sin(roll), 0), (math.sin(roll), math.cos(roll), 0), (0, 0, 1)])
    return np.asarray(about_y @ about_x @ about_z, dtype=np.float64)


def _bounds(
    turn: NDArray[np.float64],
    middle: NDArray[np.float64],
    waves: tuple[Wave, ...],
    half: tuple[float, float],
    shot: Shot,
    margin_px: int,
) -> tuple[int, int, int, int]:
    """The part of the frame in which the sheet may be seen."""
    width, height = shot.size
    lift = max((float(np.abs(wave.height).max()) for wave in waves), default=0.0)
    corners = np.array([(x, y, z) for x in (-half[0], half[0]) for y in (-half[1], half[1]) for z in (-lift, lift)])
    seen = corners @ turn.T + middle
    depth = np.maximum(seen[:, 2], 1.0)
    x = seen[:, 0] / depth * FOCAL_SHARE * width + width / 2
    y = seen[:, 1] / depth * FOCAL_SHARE * width + height / 2
    return (
        max(0, int(x.min()) - margin_px),
        max(0, int(y.min()) - margin_px),
        min(width, int(x.max()) + margin_px + 1),
        min(height, int(y.max()) + margin_px + 1),
    )


def _along(
    wave: Wave, x: NDArray[np.float64], y: NDArray[np.float64], table: NDArray[np.float64]
) -> NDArray[np.float64]:
    distance = x * wave.direction[0] + y * wave.direction[1]
    return np.interp(distance.ravel(), np.linspace(wave.first, -wave.first, len(table)), table).reshape(x.shape)


def _height(waves: tuple[Wave, ...], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sum([_along(wave, x, y, wave.height) for wave in waves], axis=0) if waves else np.zeros_like(x)


def _unrolled(
    waves: tuple[Wave, ...], x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """From the plane to the sheet, and how the sheet's slope turns it to or from a lamp at the upper left."""
    across, down = x.copy(), y.copy()
    slope_x, slope_y = np.zeros_like(x), np.zeros_like(y)
    for wave in waves:
        stretch, slope = _along(wave, x, y, wave.stretch), _along(wave, x, y, wave.slope)
        across += wave.direction[0] * stretch
        down += wave.direction[1] * stretch
        slope_x += wave.direction[0] * slope
        slope_y += wave.direction[1] * slope
    if not waves:
        return across, down, np.ones_like(x)
    lamp = np.array([-0.55, -0.45, -0.70]) / np.linalg.norm([-0.55, -0.45, -0.70])
    # Heights count away from the camera, so the side that faces it has this normal.
    facing = (slope_x * lamp[0] + slope_y * lamp[1] - lamp[2]) / np.sqrt(1 + slope_x**2 + slope_y**2)
    return across, down, np.clip(0.25 + 0.75 * facing / -lamp[2], 0.12, 1.3)
