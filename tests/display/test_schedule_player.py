"""The thread that plays: rhythms keep their shape on a machine that is late, and a new signal cuts the old one."""

from __future__ import annotations

import threading
import time
from itertools import pairwise

import pytest

from firmware.display.schedule import Levels
from firmware.display.schedule_player import Player
from firmware.display.signals import signal_for
from firmware.model import LampColour, Reason, Signal
from tests.screens.cases import BY_REASON, POST


class Heard:
    """A buzzer, and somebody who counts. `late_s` is how long each switching takes: a busy machine, a slow line."""

    def __init__(self, late_s: float = 0.0) -> None:
        self.late_s = late_s
        self.levels: list[tuple[float, Levels]] = []
        self.quiet = threading.Event()

    def apply(self, levels: Levels) -> None:
        self.levels.append((time.monotonic(), levels))
        time.sleep(self.late_s)
        if levels == Levels():
            self.quiet.set()

    @property
    def beeps(self) -> int:
        sounds = [levels.buzzer for _, levels in self.levels]
        return sum(now and not before for before, now in zip([False, *sounds], sounds, strict=False))


@pytest.mark.parametrize("reason", [Reason.VALID, Reason.VALID_NOTICE, Reason.EXPIRED, Reason.UNREADABLE])
def test_no_beep_of_a_rhythm_is_lost_when_switching_takes_longer_than_the_beep(reason: Reason) -> None:
    sound_ms = signal_for(BY_REASON[reason], POST).sound_ms
    heard = Heard(late_s=0.2)
    player = Player(heard.apply)
    player.play(Signal(sound_ms=sound_ms))
    wanted = (len(sound_ms) + 1) // 2
    deadline_s = time.monotonic() + 20
    while (heard.beeps < wanted or heard.levels[-1][1].buzzer) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    player.close()
    assert heard.beeps == wanted


def test_each_part_of_a_rhythm_lasts_its_time_at_least() -> None:
    pattern_ms = (60, 60, 160)
    heard = Heard()
    player = Player(heard.apply)
    player.play(Signal(sound_ms=pattern_ms))
    assert heard.quiet.wait(20)
    while len(heard.levels) < 4:
        time.sleep(0.01)
    player.close()
    edges_s = [at_s for at_s, _ in heard.levels[:4]]
    lasted_ms = [(after - before) * 1000 for before, after in pairwise(edges_s)]
    assert all(lasted >= wanted - 1 for lasted, wanted in zip(lasted_ms, pattern_ms, strict=True)), lasted_ms


def test_a_new_signal_cuts_the_old_one_and_the_end_is_dark_and_silent() -> None:
    heard = Heard()
    player = Player(heard.apply)
    player.play(Signal(LampColour.RED, sound_ms=(60_000,)))
    while not heard.levels:
        time.sleep(0.01)
    player.play(Signal(LampColour.GREEN))
    while len(heard.levels) < 2:
        time.sleep(0.01)
    player.close()
    assert [levels for _, levels in heard.levels] == [
        Levels(LampColour.RED, buzzer=True),
        Levels(LampColour.GREEN),
        Levels(),
    ]
