"""When which cue is on: edges, at the edges."""

from __future__ import annotations

from itertools import pairwise

import pytest

from firmware.display.schedule import Levels, levels_at, next_edge_ms
from firmware.display.signals import signal_for
from firmware.model import LampColour, Reason, Signal
from tests.screens.cases import BY_REASON, POST


def _edges(signal: Signal, until_ms: float) -> list[float]:
    """All edges strictly after 0, walked as the player walks them."""
    edges: list[float] = []
    now: float | None = 0.0
    while now is not None and now < until_ms:
        now = next_edge_ms(signal, now)
        if now is not None and now < until_ms:
            edges.append(now)
    return edges


def test_a_pattern_alternates_and_ends_off() -> None:
    signal = Signal(sound_ms=(140, 90, 140))
    assert [levels_at(signal, at).buzzer for at in (0, 139, 140, 229, 230, 369, 370, 10**9)] == [
        True, True, False, False, True, True, False, False,
    ]  # fmt: skip
    assert _edges(signal, 10_000) == [140, 230, 370]
    assert next_edge_ms(signal, 370) is None


def test_a_lamp_without_a_length_stays_until_the_next_signal() -> None:
    signal = Signal(LampColour.AMBER)
    assert levels_at(signal, 10**9).lamp is LampColour.AMBER
    assert next_edge_ms(signal, 0) is None


def test_go_plus_lights_green_then_amber_once() -> None:
    signal = signal_for(BY_REASON[Reason.VALID_NOTICE], POST)
    assert [levels_at(signal, at).lamp for at in (0, 1999, 2000, 2299, 2300)] == [
        LampColour.GREEN, LampColour.GREEN, LampColour.AMBER, LampColour.AMBER, None,
    ]  # fmt: skip


@pytest.mark.parametrize(("hertz", "half_ms"), [(1.0, 500), (2.0, 250)])
def test_blinking_is_half_on_half_off_for_ever(hertz: float, half_ms: int) -> None:
    signal = Signal(LampColour.RED, blink_hz=hertz)
    assert _edges(signal, 10 * half_ms) == [half_ms * k for k in range(1, 10)]
    assert [levels_at(signal, k * half_ms).lamp is None for k in range(4)] == [False, True, False, True]
    assert next_edge_ms(signal, 10**7) == 10**7 + half_ms


def test_a_blinking_lamp_with_a_length_goes_out_at_its_end() -> None:
    signal = Signal(LampColour.RED, blink_hz=2.0, lamp_ms=600)
    assert _edges(signal, 10_000) == [250, 500, 600]
    assert levels_at(signal, 600) == Levels()


@pytest.mark.parametrize("reason", Reason)
def test_levels_change_nowhere_but_at_edges(reason: Reason) -> None:
    signal = signal_for(BY_REASON[reason], POST)
    edges = [0.0, *_edges(signal, 4000), 4000.0]
    for begin, end in pairwise(edges):
        assert levels_at(signal, begin) == levels_at(signal, (begin + end) / 2) == levels_at(signal, end - 0.001)
