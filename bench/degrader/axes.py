"""The axes of stress: one field of a shot each, from mild to severe, and mixtures as people meet them. A table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from bench.degrader.camera import shoot
from bench.degrader.shot import Shot
from bench.degrader.symbols import Symbol, usual_symbol
from firmware.scanner.codes import Gray


@dataclass(frozen=True, slots=True)
class Axis:
    """`strengths` go from mild to severe; `field` is what they set in a shot; `also` is set with it."""

    name: str
    unit: str
    field: str
    strengths: tuple[float, ...]
    also: Mapping[str, Any]

    def shot(self, strength: float, base: Shot) -> Shot:
        whole = self.field == "jpeg_quality"
        changes = {**self.also, self.field: int(strength) if whole else strength}
        return replace(base, **changes)


def _axis(name: str, unit: str, field: str, *strengths: float, **also: Any) -> Axis:
    return Axis(name, unit, field, strengths, MappingProxyType(also))


_ALL: Final = (
    _axis("module size", "px a module", "module_px", 3.5, 3.0, 2.5, 2.0, 1.75, 1.5, 1.3, 1.1),
    _axis("defocus", "disc, modules", "defocus_modules", 0.4, 0.8, 1.0, 1.2, 1.5, 1.75, 2.0, 2.5),
    _axis("motion", "way, modules", "motion_modules", 0.5, 0.8, 1.1, 1.5, 1.9, 2.3, 2.8, 3.5),
    _axis("noise", "ISO", "iso", 800, 1600, 3200, 6400, 12800, 25600, 51200, 102400),
    _axis("contrast", "share of full", "contrast", 0.6, 0.4, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, iso=400.0),
    _axis("dark", "stops under", "under_ev", 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, iso=400.0),
    _axis("yaw", "degrees", "yaw_deg", 15, 30, 45, 55, 60, 65, 70, 75),
    _axis("pitch", "degrees", "pitch_deg", 15, 30, 45, 55, 60, 65, 70, 75),
    _axis("cylinder", "degrees of the round", "cylinder_deg", 30, 45, 60, 75, 90, 105, 120, 140),
    _axis("creases", "degrees at a fold", "crease_deg", 10, 20, 30, 38, 46, 54, 62, 70),
    _axis("flicker", "light missing in bands", "flicker", 0.3, 0.5, 0.7, 0.8, 0.88, 0.93, 0.96, 0.98),
    _axis("glare", "share of the code clipped", "glare", 0.03, 0.05, 0.08, 0.11, 0.15, 0.2, 0.3, 0.4),
    _axis("shadow", "light missing in it", "shadow", 0.5, 0.7, 0.85, 0.92, 0.96, 0.98, 0.99, 0.995),
    _axis("moire", "screen pixel, camera px", "screen_px", 0.9, 1.3, 1.7, 2.0, 2.3, 2.7, 3.2, 4.0),
    _axis("dot gain", "modules a side", "dot_gain_modules", 0.08, 0.14, 0.2, 0.26, 0.32, 0.38, 0.43, 0.47),
    _axis("halftone", "dot period, modules", "halftone_modules", 0.15, 0.25, 0.35, 0.45, 0.55, 0.7, 0.9, 1.2),
    _axis("occlusion", "share of the code", "occlusion", 0.03, 0.06, 0.09, 0.12, 0.16, 0.20, 0.25, 0.30),
    _axis("finder covered", "share of one finder", "finder_covered", 0.1, 0.2, 0.3, 0.4, 0.55, 0.7, 0.85, 1.0),
    _axis("quiet zone", "modules left", "quiet_modules", 3.0, 2.0, 1.5, 1.0, 0.75, 0.5, 0.25, 0.0),
    _axis("inverted", "px a module", "module_px", 5.0, 4.0, 3.0, 2.5, 2.0, 1.75, 1.5, 1.3, inverted=True),
    _axis("JPEG", "quality", "jpeg_quality", 40, 25, 15, 10, 7, 5, 3, 1, module_px=2.5),
)
AXES: Final[Mapping[str, Axis]] = MappingProxyType({axis.name: axis for axis in _ALL})

#: What happens together, each by a strength from 0 to 1.
MIXTURES: Final[Mapping[str, Callable[[float], Shot]]] = MappingProxyType(
    {
        "phone in the sun": lambda s: Shot(glare=0.22 * s, contrast=1 - 0.75 * s, yaw_deg=35 * s, under_ev=-0.6 * s),
        "phone at night": lambda s: Shot(
            under_ev=4 * s, iso=400 * 2 ** (4 * s), motion_modules=1.6 * s, pitch_deg=25 * s
        ),
        "screen near the lens": lambda s: Shot(screen_px=1.3 + 0.5 * s, flicker=0.7 * s, defocus_modules=0.8 * s),
        "folded paper": lambda s: Shot(
            crease_deg=35 * s, dot_gain_modules=0.25 * s, shadow=0.8 * s, iso=400 + 3000 * s
        ),
        "far away": lambda s: Shot(module_px=3.2 - 1.6 * s, motion_modules=0.7 * s, iso=400 + 3000 * s, yaw_deg=20 * s),
        "behind a windscreen": lambda s: Shot(
            contrast=1 - 0.7 * s, glare=0.12 * s, pitch_deg=50 * s, defocus_modules=0.8 * s, jpeg_quality=60
        ),
        "worn print": lambda s: Shot(
            occlusion=0.1 * s, halftone_modules=0.55 * s, quiet_modules=4 - 3 * s, contrast=1 - 0.5 * s, yaw_deg=25 * s
        ),
    }
)
STRENGTHS_OF_MIXTURES: Final = (0.25, 0.5, 0.75, 1.0)


def frames(
    axis: str, strength: float, seed: int, n: int = 1, *, symbol: Symbol | None = None, base: Shot | None = None
) -> list[Gray]:
    """`n` grey frames of one episode under one stress. The symbol is version 15-M of 540 characters unless given."""
    shot = AXES[axis].shot(strength, base or Shot())
    return shoot(symbol or usual_symbol(seed), shot, seed, n)


def mixture_frames(mixture: str, strength: float, seed: int, n: int = 1, *, symbol: Symbol | None = None) -> list[Gray]:
    """The same for a mixture, strength 0 to 1."""
    return shoot(symbol or usual_symbol(seed), MIXTURES[mixture](strength), seed, n)
