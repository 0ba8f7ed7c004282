"""SYMBOL + SHOT -> FRAMES: what a camera sees of a code under one kind of stress at a measured strength. Seeded, exact.

Light is added up in linear light on a grid finer than the frame's, goes through a lens, is averaged over each pixel's
area, and only then becomes electrons, noise and 8-bit grey. Nothing here knows a decoder.
"""

from bench.degrader.axes import AXES, MIXTURES, Axis, frames, mixture_frames
from bench.degrader.camera import shoot, shoot_colour
from bench.degrader.shot import BLACK, WHITE, Shot
from bench.degrader.symbols import Symbol, bar_symbol, base45_text, qr_symbol

__all__ = [
    "AXES",
    "BLACK",
    "MIXTURES",
    "WHITE",
    "Axis",
    "Shot",
    "Symbol",
    "bar_symbol",
    "base45_text",
    "frames",
    "mixture_frames",
    "qr_symbol",
    "shoot",
    "shoot_colour",
]
