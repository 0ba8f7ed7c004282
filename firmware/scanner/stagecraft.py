"""What a camera sees of a scene at one moment: the carrier in perspective over a background, through a lens. Pure.

Everything follows from the scene, the seed and the time, so that a film can be made again, frame by frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware.scanner.carriers import Drawing
from firmware.scanner.codes import Gray
from firmware.scanner.scenes import Carrier

ENTER_S: Final = 0.8
LEAVE_S: Final = 0.6
#: The code's side in the frame, against the frame's height: a phone is held nearer than a sheet.
_CODE_SHARE: Final = {Carrier.PHONE: 0.52, Carrier.PAPER: 0.50}
_FOCAL: Final = 1.15  # focal length against the frame's width: an ordinary camera module
_NOISE_SIGMA: Final = 2.2
_NOISE_MARGIN_PX: Final = 64


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the carrier is: its middle in the frame (shares of width and height), its size, its turns, its speed."""

    x: float
    y: float
    size: float
    yaw: float  # radians
    pitch: float
    roll: float
    away: float  # 0 held, 1 out of view


def pose_at(t_s: float, seconds: float, seed: int) -> Pose:
    """The hand: in from below or the side, held with a tremor and a slow sway, and out again."""
    rng = np.random.default_rng(seed)
    side = float(rng.choice([-1.0, 0.0, 1.0]))
    phases = rng.uniform(0.0, 2 * math.pi, 6)
    lean = rng.uniform(-1.0, 1.0, 3)
    away = max(1.0 - t_s / ENTER_S, 1.0 - (seconds - t_s) / LEAVE_S, 0.0)
    away = min(1.0, away) ** 2
    sway = [math.sin(t_s * speed + phase) for speed, phase in zip((1.3, 1.7, 0.9, 1.1, 6.1, 7.3), phases, strict=True)]
    return Pose(
        x=0.5 + 0.03 * sway[0] + 0.002 * sway[4] + side * 1.0 * away,
        y=0.5 + 0.03 * sway[1] + 0.003 * sway[5] + (1.5 if side == 0 else 0.5) * away,
        size=1.0 + 0.06 * sway[2] - 0.15 * away,
        yaw=math.radians(9.0 * lean[0] + 5.0 * sway[3] + 25.0 * side * away),
        pitch=math.radians(8.0 * lean[1] + 4.0 * sway[0] - 12.0 * away),
        roll=math.radians(7.0 * lean[2] + 3.0 * sway[1] + 10.0 * side * away),
        away=away,
    )


def corners_in_frame(pose: Pose, drawing: Drawing, carrier: Carrier, frame_px: tuple[int, int]) -> NDArray[np.float32]:
    """Where the drawing's four corners fall in a frame of (width, height), (4, 2); the code's middle is the pivot."""
    width, height = frame_px
    code_x, code_y, side = drawing.code
    scale = _CODE_SHARE[carrier] * height * pose.size / side
    rows, columns = drawing.picture.shape
    flat = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], dtype=np.float64)
    flat = (flat - (code_x + side / 2, code_y + side / 2)) * scale
    solid = np.column_stack([flat, np.zeros(4)]) @ _turn(pose).T
    focal = _FOCAL * width
    depth = focal / (focal + solid[:, 2])
    return (solid[:, :2] * depth[:, np.newaxis] + (pose.x * width, pose.y * height)).astype(np.float32)


def _turn(pose: Pose) -> NDArray[np.float64]:
    sin, cos = np.sin([pose.yaw, pose.pitch, pose.roll]), np.cos([pose.yaw, pose.pitch, pose.roll])
    about_y = np.array([[cos[0], 0, sin[0]], [0, 1, 0], [-sin[0], 0, cos[0]]])
    about_x = np.array([[1, 0, 0], [0, cos[1], -sin[1]], [0, sin[1], cos[1]]])
    about_z = np.array([[cos[2], -sin[2], 0], [sin[2], cos[2], 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)


class Stage:
    """A background and a lens for one size of frame; what costs time is made once."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self._size = (width, height)
        rng = np.random.default_rng(seed)
        shape = (height + _NOISE_MARGIN_PX, width + _NOISE_MARGIN_PX)
        rows = rng.normal(0.0, 0.5, (shape[0], 1))
        self._noise = np.rint(rng.normal(0.0, _NOISE_SIGMA, shape) + rows).astype(np.int16)
        self._behind = {Carrier.PHONE: _car(width, height, rng), Carrier.PAPER: _desk(width, height, rng)}
        down, across = np.mgrid[0:height, 0:width].astype(np.float32)
        radius = ((across / width - 0.5) ** 2 + (down / height - 0.5) ** 2).astype(np.float32)
        light = 1.04 - 0.16 * across / width - 0.10 * down / height - 0.22 * radius
        self._light = np.rint(light * 256.0).astype(np.uint16)
        self._across, self._down = across, down

    def empty(self, carrier: Carrier, t_s: float) -> Gray:
        """The view with nobody in it."""
        return self._sensed(self._behind[carrier], t_s)

    def shoot(self, drawing: Drawing, carrier: Carrier, t_s: float, seconds: float, seed: int) -> Gray:
        """The frame at `t_s` seconds into a scene of `seconds`."""
        pose, earlier = pose_at(t_s, seconds, seed), pose_at(t_s - 0.01, seconds, seed)
        if pose.away >= 1.0:
            return self.empty(carrier, t_s)
        corners = corners_in_frame(pose, drawing, carrier, self._size)
        rows, columns = drawing.picture.shape
        flat = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], dtype=np.float32)
        matrix = cv2.getPerspectiveTransform(flat, corners)
        seen = cv2.warpPerspective(drawing.picture, matrix, self._size, flags=cv2.INTER_AREA)
        solid = np.asarray(cv2.warpPerspective(drawing.solid, matrix, self._size), dtype=np.uint8)
        behind = self._behind[carrier]
        # Blended, not chosen: the carrier's edge covers a part of a pixel.
        blend = behind + ((seen.astype(np.int16) - behind) * (solid.astype(np.int16) + 1) // 256)
        view: Gray = np.asarray(blend, dtype=np.uint8)
        if carrier is Carrier.PHONE:
            view = self._glare(view, solid, corners, t_s, seconds, seed)
        moved = corners - corners_in_frame(earlier, drawing, carrier, self._size)
        view = _lens(view, pose.away, t_s, moved.mean(axis=0))
        return self._sensed(view, t_s)

    def _glare(
        self, view: Gray, solid: Gray, corners: NDArray[np.float32], t_s: float, seconds: float, seed: int
    ) -> Gray:
        """A lamp mirrored in the screen's glass: it wanders over the phone, and covers part of the code for a while."""
        phase = (t_s / seconds + (seed % 7) / 7.0) % 1.0
        strength = max(0.0, math.sin(2 * math.pi * phase)) * 150.0
        if strength < 8.0:
            return view
        centre = corners[0] + (corners[1] - corners[0]) * (0.15 + 0.7 * phase) + (corners[3] - corners[0]) * 0.35
        wide = float(np.linalg.norm(corners[1] - corners[0])) * 0.16
        left, top = int(max(0, centre[0] - 3 * wide)), int(max(0, centre[1] - 3 * wide))
        part = np.s_[top : int(max(0, centre[1] + 3 * wide)), left : int(max(0, centre[0] + 3 * wide))]
        if view[part].size == 0:
            return view
        across, down = (self._across[part] - centre[0]) / wide, (self._down[part] - centre[1]) / (0.45 * wide)
        spot = np.exp(-(across * across + down * down)) * strength * (solid[part] > 127)
        view = view.copy()
        view[part] = np.clip(view[part] + spot, 0, 255).astype(np.uint8)
        return view

    def _sensed(self, view: Gray, t_s: float) -> Gray:
        """Uneven light, then the sensor's noise, which is another at every millisecond."""
        lit = (view.astype(np.uint16) * self._light) >> 8
        tick = int(t_s * 1000.0)
        top, left = (tick * 37) % _NOISE_MARGIN_PX, (tick * 53) % _NOISE_MARGIN_PX
        height, width = view.shape
        noise = self._noise[top : top + height, left : left + width]
        return np.asarray(np.clip(lit.astype(np.int16) + noise, 0, 255), dtype=np.uint8)


def _lens(view: Gray, away: float, t_s: float, moved: NDArray[np.float32]) -> Gray:
    """Focus that needs a moment to find the carrier, and the smear of 10 ms of movement."""
    defocus = 0.7 + 2.2 * max(0.0, 1.0 - t_s / (ENTER_S + 0.3)) + 0.5 * away
    view = np.asarray(cv2.GaussianBlur(view, (0, 0), defocus), dtype=np.uint8)
    length = float(np.linalg.norm(moved))
    if length < 1.5:
        return view
    side = min(31, int(length) | 1)
    kernel = np.zeros((side, side), np.float32)
    reach = moved / length * (side // 2)
    middle = side // 2
    start = (round(middle - float(reach[0])), round(middle - float(reach[1])))
    cv2.line(kernel, start, (round(middle + float(reach[0])), round(middle + float(reach[1]))), 1.0, 1)
    return np.asarray(cv2.filter2D(view, -1, kernel / max(float(kernel.sum()), 1.0)), dtype=np.uint8)


def _car(width: int, height: int, rng: np.random.Generator) -> Gray:
    """A driver's place out of focus: side window above, door and seat below, the wheel's rim across a corner."""
    view = np.full((height, width), 46, np.float32)
    view[: int(height * 0.42)] = np.linspace(168, 120, int(height * 0.42), dtype=np.float32)[:, np.newaxis]
    cv2.rectangle(view, (0, int(height * 0.42)), (width, int(height * 0.50)), 30, -1)
    pillar = np.array([(0.70, 0.0), (0.78, 0.0), (0.86, 0.5), (0.74, 0.5)]) * (width, height)
    cv2.fillConvexPoly(view, pillar.astype(np.int32), 34)
    seat = np.array([(0.0, 1.0), (0.05, 0.55), (0.30, 0.52), (0.42, 1.0)]) * (width, height)
    cv2.fillConvexPoly(view, seat.astype(np.int32), 66)
    cv2.ellipse(view, (int(width * 0.98), int(height * 0.95)), (int(width * 0.30),) * 2, 0, 0, 360, 20, height // 22)
    return _far(view, height / 45, rng)


def _desk(width: int, height: int, rng: np.random.Generator) -> Gray:
    """A wooden desk under a lamp: soft grain, brighter at one side, the edge of a keyboard."""
    across = np.linspace(0.0, 1.0, width, dtype=np.float32)
    down = np.linspace(0.0, 1.0, height, dtype=np.float32)
    view = np.float32(118) + 34 * across[np.newaxis, :] - 26 * down[:, np.newaxis]
    grain = np.sin(down * 46.0 + np.sin(down * 9.0) * 2.0 + float(rng.uniform(0, 6)))
    view = np.ascontiguousarray(view + 5.0 * grain[:, np.newaxis], dtype=np.float32)
    cv2.rectangle(view, (0, 0), (int(width * 0.34), int(height * 0.16)), 60, -1)
    for key in range(7):
        cv2.rectangle(view, (key * width // 20 + 8, 18), (key * width // 20 + width // 24, height // 8), 88, -1)
    return _far(view, height / 120, rng)


def _far(view: NDArray[np.float32], sigma: float, rng: np.random.Generator) -> Gray:
    """Out of focus, with the slow unevenness of real surfaces."""
    height, width = view.shape
    coarse = rng.normal(0.0, 5.0, (9, 16)).astype(np.float32)
    view = cv2.GaussianBlur(view, (0, 0), sigma) + cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(view, 0, 255).astype(np.uint8)
