"""Signal -> what is on at which millisecond. Pure: the thread that plays it asks here, and so do the tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from firmware.model import LampColour, Signal

AFTER_MS = 300  # how long the second lamp of a GO+ is lit


@dataclass(frozen=True, slots=True)
class Levels:
    """What is on. `lamp` is one colour or none: two lamps never burn at once."""

    lamp: LampColour | None = None
    buzzer: bool = False
    vibration: bool = False


OFF = Levels()


def levels_at(signal: Signal, at_ms: float) -> Levels:
    """What is on `at_ms` after the signal began. An instant on an edge belongs to what the edge begins."""
    return Levels(_lamp_at(signal, at_ms), _pattern_at(signal.sound_ms, at_ms), _pattern_at(signal.vibration_ms, at_ms))


def next_edge_ms(signal: Signal, after_ms: float) -> float | None:
    """When something next changes, strictly after `after_ms`; None when all stays as it is."""
    return min((edge for edge in _edges_ms(signal, after_ms) if edge > after_ms), default=None)


def _edges_ms(signal: Signal, after_ms: float) -> Iterator[float]:
    yield from accumulate(signal.sound_ms)
    yield from accumulate(signal.vibration_ms)
    if signal.lamp is None:
        return
    if signal.blink_hz:
        half_ms = 500 / signal.blink_hz
        edge = (after_ms // half_ms + 1) * half_ms
        if not signal.lamp_ms or edge < signal.lamp_ms:
            yield edge
    if signal.lamp_ms:
        yield signal.lamp_ms
        if signal.after is not None:
            yield signal.lamp_ms + AFTER_MS


def _lamp_at(signal: Signal, at_ms: float) -> LampColour | None:
    if signal.lamp_ms and at_ms >= signal.lamp_ms:
        return signal.after if at_ms < signal.lamp_ms + AFTER_MS else None
    dark_half = signal.blink_hz and int(at_ms * signal.blink_hz / 500) % 2
    return None if dark_half else signal.lamp


def _pattern_at(pattern_ms: tuple[int, ...], at_ms: float) -> bool:
    """Patterns alternate on and off, starting with on."""
    begun = sum(edge <= at_ms for edge in accumulate(pattern_ms))
    return begun < len(pattern_ms) and begun % 2 == 0
