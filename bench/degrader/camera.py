"""Symbol + shot + seed -> the frames of one episode, grey or in colour. The same arguments give the same bytes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.degrader import lens, screen, sensor
from bench.degrader.blobs import Blob, lamp
from bench.degrader.sheet import DETAIL, Sheet, sheet_of
from bench.degrader.shot import Shot
from bench.degrader.surface import View, held, look, moved, waves_of
from bench.degrader.symbols import Symbol
from firmware.scanner.codes import Gray

Light = NDArray[np.float32]

#: The sharpness of a good lens: sigma of the point that a point becomes, in pixels.
LENS_SIGMA_PX: Final = 0.45
_RAYS_A_MODULE: Final = 10
_LAMP_PEAK: Final = 7.0  # times what clips: a lamp in a glass is far brighter than paper
_LAMP_EDGE: Final = (5.0, 14.0)  # how steeply its light falls off, against its size: varnish, glass
_LAMP_VEIL: Final = 0.05
_SHADOW_EDGE_MODULES: Final = (3.0, 10.0)
_BAND_PX: Final = (70.0, 160.0)
#: A hand's tremor from frame to frame: degrees of yaw, pitch, roll, and pixels.
_TREMOR_DEG: Final = (0.8, 0.8, 0.3)
_TREMOR_PX: Final = 1.3
#: The mirrored lamp wanders this far over the code in 8 frames, in its sides: twice what the hand turns.
_LAMP_WAY: Final = 0.55
_WAY_FRAMES: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """What stays the same while an episode lasts."""

    sheet: Sheet
    shot: Shot
    behind: Light  # (height, width) of linear light
    lamp: Blob | None
    lamp_way: tuple[float, float]
    lamp_edge: float
    shadow: tuple[float, float, float, float]  # direction, distance and softness of its edge, curve
    rows_a_band: float
    pixels_a_module: float


def shoot(symbol: Symbol, shot: Shot, seed: int, n: int = 1) -> list[Gray]:
    """`n` grey frames of one episode, (height, width) of uint8."""
    return [_developed(light, shot) for light in _episode(symbol, shot, seed, n)]


def shoot_colour(symbol: Symbol, shot: Shot, seed: int, n: int = 1) -> list[NDArray[np.uint8]]:
    """The same as BGR frames, (height, width, 3); without a colour mosaic unless a screen is shown."""
    frames = []
    for light in _episode(symbol, shot, seed, n, colours=3):
        frames.append(sensor.compressed(np.ascontiguousarray(sensor.grey_values(light)[:, :, ::-1]), shot.jpeg_quality))
    return frames


def _developed(light: Light, shot: Shot) -> Gray:
    values = sensor.grey_values(light)
    return sensor.compressed(sensor.luma(values) if values.ndim == 3 else values, shot.jpeg_quality)


def _episode(symbol: Symbol, shot: Shot, seed: int, n: int, colours: int = 1) -> list[Light]:
    """What the sensor caught in each frame, 0 to 1: (height, width), or with three colours when those are asked for."""
    scene_rng = np.random.default_rng((seed, 1))
    scene = _scene(symbol, shot, scene_rng)
    rows, columns = symbol.modules.shape
    waves = waves_of(scene.shot, max(rows, columns), np.random.default_rng((seed, 2)))
    colours = 3 if shot.screen_px > 0 else colours
    caught = []
    for number in range(n):
        rng = np.random.default_rng((seed, 3, number))
        now = _trembled(scene.shot, rng, number)
        kernels = _kernels(now, rng)
        margin = max([kernel.shape[0] for kernel in kernels], default=0) // _fine(now) + 4
        view = look(now, waves, scene.sheet.half, margin)
        light = np.repeat(scene.behind[:, :, np.newaxis], colours, axis=2) if colours > 1 else scene.behind.copy()
        if view is not None:
            seen = _seen(scene, now, view, number, kernels, colours, symbol)
            light[view.top : view.top + seen.shape[0], view.left : view.left + seen.shape[1]] = seen
        exposed = sensor.exposed(light, now, float(rng.uniform()), scene.rows_a_band)
        noisy = sensor.electrons(exposed, now, rng)
        caught.append(sensor.mosaic(noisy) if shot.screen_px > 0 else noisy)
    return caught


def _scene(symbol: Symbol, shot: Shot, rng: np.random.Generator) -> _Scene:
    rows, columns = symbol.modules.shape
    shot = held(shot, rng) if shot.hand else shot
    way = float(rng.uniform(0, 2 * math.pi))
    per_module = max(1.0, round(shot.module_px / shot.screen_px)) if shot.screen_px > 0 else 0.0
    if per_module:
        shot = replace(shot, module_px=per_module * shot.screen_px)
    behind = _desk(shot.size, rng)
    spot = lamp(shot.glare, rows, columns, rng) if shot.glare > 0 else None
    edge = (float(rng.uniform(0, 2 * math.pi)), float(rng.uniform(-0.2, 0.2)) * columns)
    return _Scene(
        sheet_of(symbol, shot, rng),
        shot,
        behind,
        spot,
        (math.cos(way) * _LAMP_WAY * columns, math.sin(way) * _LAMP_WAY * rows),
        float(rng.uniform(*_LAMP_EDGE)),
        (*edge, float(rng.uniform(*_SHADOW_EDGE_MODULES)), float(rng.uniform(0.0, 0.1))),
        float(rng.uniform(*_BAND_PX)),
        per_module,
    )


def _desk(size: tuple[int, int], rng: np.random.Generator) -> Light:
    """What is behind the sheet, out of focus."""
    coarse = rng.uniform(0.03, 0.35, (5, 8)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), dtype=np.float32).clip(0.01, 1.0)


def _trembled(shot: Shot, rng: np.random.Generator, number: int) -> Shot:
    if number == 0 or not shot.hand:
        return shot
    return moved(shot, rng.normal(0, 1, 3) * _TREMOR_DEG, rng.normal(0, 1, 2) * _TREMOR_PX)


def _fine(shot: Shot) -> int:
    return int(np.clip(math.ceil(_RAYS_A_MODULE / shot.module_px), 2 if shot.module_px > 6 else 3, 7))


def _kernels(shot: Shot, rng: np.random.Generator) -> list[lens.Kernel]:
    fine_modules = shot.module_px * _fine(shot)
    kernels = []
    if shot.defocus_modules > 0:
        kernels.append(lens.disc(shot.defocus_modules * fine_modules))
    if shot.motion_modules > 0:
        kernels.append(lens.hand_path(shot.motion_modules * fine_modules, rng))
    return kernels


def _seen(
    scene: _Scene, shot: Shot, view: View, number: int, kernels: list[lens.Kernel], colours: int, symbol: Symbol
) -> Light:
    """The part of the frame that shows the sheet: reflected light, the lamp's mirror image, through the lens."""
    fine = _fine(shot)
    height, width = view.across.shape
    size = (width * fine, height * fine)
    across, down = _enlarged(view.across, size), _enlarged(view.down, size)
    ink = _ink(scene.sheet, across, down, shot.module_px * fine)
    lit = view.shade * _shadow(scene, view)
    added = _mirrored(scene, view, symbol, number)
    paper, black = np.float32(np.mean(shot.paper)), np.float32(np.mean(shot.ink))
    planes = []
    for place in range(colours):
        if colours > 1:
            paper, black = np.float32(shot.paper[place]), np.float32(shot.ink[place])
        black_now = paper + (black - paper) * np.float32(shot.contrast)
        planes.append(paper + (black_now - paper) * ink)
    reflected = planes[0] if colours == 1 else np.stack(planes, axis=-1)
    if scene.pixels_a_module:
        rows, columns = symbol.modules.shape
        corner_x, corner_y = np.float32(columns / 2), np.float32(rows / 2)
        reflected = reflected * screen.grid_light(across + corner_x, down + corner_y, scene.pixels_a_module)
    reflected = _under_thing(reflected, scene.sheet, across, down)
    light = _each(reflected, _enlarged(lit, size), np.multiply)
    light = _each(light, _enlarged(added, size), np.add)
    outside = (np.abs(across) > scene.sheet.half[0]) | (np.abs(down) > scene.sheet.half[1])
    part = scene.behind[view.top : view.top + height, view.left : view.left + width]
    desk = _enlarged(part, size)
    light[outside] = desk[outside][:, np.newaxis] if colours > 1 else desk[outside]
    light = lens.through(light, kernels, LENS_SIGMA_PX * fine)
    averaged = np.asarray(cv2.resize(light, (width, height), interpolation=cv2.INTER_AREA), dtype=np.float32)
    return averaged.reshape(height, width, -1) if colours > 1 else averaged


def _enlarged(plane: Light, size: tuple[int, int]) -> Light:
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _each(light: Light, plane: Light, do: np.ufunc) -> Light:
    return np.asarray(do(light, plane[:, :, np.newaxis] if light.ndim == 3 else plane), dtype=np.float32)


def _ink(sheet: Sheet, across: Light, down: Light, rays_a_module: float) -> Light:
    """Ink under each ray; rays that are coarser than the texture see its mean."""
    texture = sheet.ink
    if rays_a_module < DETAIL:
        texture = np.asarray(cv2.GaussianBlur(texture, (0, 0), 0.4 * DETAIL / rays_a_module), dtype=np.float32)
    column = (across + sheet.half[0]) * DETAIL - np.float32(0.5)
    row = (down + sheet.half[1]) * DETAIL - np.float32(0.5)
    return np.asarray(cv2.remap(texture, column, row, cv2.INTER_LINEAR), dtype=np.float32)


def _under_thing(light: Light, sheet: Sheet, across: Light, down: Light) -> Light:
    if sheet.thing is None:
        return light
    field = sheet.thing.field(across, down)
    hidden = np.clip((1.0 - field) * sheet.thing.long * 8.0 + 0.5, 0.0, 1.0)
    # A thing lies above the paper: a thin dark line at its edge, lighter to its middle.
    tone = np.float32(sheet.thing_light) * (1.0 - 0.35 * np.clip(field, 0, 1) ** 6)
    return _each(_each(light, 1.0 - hidden, np.multiply), hidden * tone, np.add)


def _shadow(scene: _Scene, view: View) -> Light:
    if scene.shot.shadow <= 0:
        return np.ones_like(view.across)
    direction, distance, soft, curve = scene.shadow
    cos, sin = math.cos(direction), math.sin(direction)
    along = view.across * cos + view.down * sin
    side = view.down * cos - view.across * sin
    depth = np.clip((along - distance + curve * 0.1 * side**2 / 10) / np.float32(soft) + 0.5, 0.0, 1.0)
    return np.asarray(1.0 - scene.shot.shadow * depth * depth * (3 - 2 * depth), dtype=np.float32)


def _mirrored(scene: _Scene, view: View, symbol: Symbol, number: int) -> Light:
    """The lamp's light, which is added and not filtered by ink: clips inside its outline, a veil around it."""
    if scene.lamp is None:
        return np.zeros_like(view.across)
    share = number / (_WAY_FRAMES - 1)
    blob = scene.lamp.shifted(*(way * share for way in scene.lamp_way))
    field = blob.field(view.across, view.down)
    # Equal to what clips exactly on the outline.
    inside = np.minimum(_LAMP_PEAK, np.exp(-scene.lamp_edge * (field - 1.0)))
    veil = _LAMP_VEIL * np.exp(-0.5 * (field / 2.5) ** 2)
    return np.asarray(inside + veil, dtype=np.float32)
