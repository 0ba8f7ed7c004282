"""How evenly a day wears the display: `python -m bench.wear [--json FILE]`. Lit hours over 24 hours, from a new display.

The terminal's own machine and drawing run through a day at a post: cars, verdicts, keys, dimming, sleep. Beside them, over the same
day, the same pieces without the walk: always in one place, and with a swim of 3 px round it; verdicts unmoved. `duty` counts each
lit hour alike, `light` weighs it by the contrast (display.wear). The mean is over all 128 x 64 pixels.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from statistics import median
from typing import Final

from PIL import Image

from bench.report import Row, emit_tables
from firmware.display.brightness import DIM_CONTRAST
from firmware.display.care import Care
from firmware.display.idle import idle_pieces
from firmware.display.pieces import centred, draw_pieces
from firmware.display.screens import blank, draw_lines, draw_notice
from firmware.display.swim import SWIM_PX
from firmware.display.wear import WearMap
from firmware.events import Effect, Event, Judge, Judged, Lighten, Show, ShowIdle, ShowLines, Tick, TrustLoaded
from firmware.machine import begin, step
from firmware.model import (
    Alive,
    Facts,
    Idle,
    Key,
    KeyPress,
    Kind,
    Light,
    Moment,
    Notice,
    Reason,
    Scan,
    ScannerDown,
    Unread,
    Verdict,
    Word,
)
from firmware.profiles import load_profile
from firmware.state import Settings

CONTRAST: Final = 200
DAY_S: Final = 86_400
MIDNIGHT: Final = 1_781_193_600.0  # 2026-06-12 00:00 in China
PLATES: Final = ("京A12345", "粤B8K231", "沪C70986", "苏E6P0T1", "浙A98V40", "川A3D77F", "鲁Q5510W")
LANGUAGES: Final = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Post:
    """A day: how many codes an hour, hour by hour, what comes of them (weights), and how often a key is pressed after one."""

    profile: str
    per_hour: tuple[float, ...]
    outcomes: tuple[tuple[Reason, float], ...]
    key_share: float = 0.0
    fault_from_hour: float | None = None  # out of service from here to the end of the day


_USUAL: Final = ((Reason.VALID, 0.80), (Reason.VALID_NOTICE, 0.06), (Reason.EXPIRED, 0.04), (Reason.CODE_STALE, 0.06))
_GATE_HOURS: Final = (1, 1, 1, 1, 1, 2, 10, 60, 60, 15, 15, 15, 15, 15, 15, 15, 15, 60, 60, 10, 10, 10, 10, 2)
_POLICE_HOURS: Final = (0,) * 8 + (14, 14, 14, 14, 2, 14, 14, 14, 14, 14, 4, 4, 4, 4, 0, 0)
_INSURER_HOURS: Final = (0,) * 9 + (4,) * 9 + (0,) * 6

POSTS: Final[dict[str, Post]] = {
    "gate kiosk": Post("gate", _GATE_HOURS, (*_USUAL, (Reason.UNREADABLE, 0.04))),
    "police handheld": Post(
        "police", _POLICE_HOURS, (*_USUAL, (Reason.REVOKED, 0.02), (Reason.UNREADABLE, 0.02)), key_share=0.3
    ),
    "insurer": Post("insurer", _INSURER_HOURS, (*_USUAL, (Reason.DATA_TOO_OLD, 0.04)), key_share=0.5),
    "gate, out of service at noon": Post("gate", _GATE_HOURS, (*_USUAL, (Reason.UNREADABLE, 0.04)), fault_from_hour=12),
}


def events(post: Post, seed: int) -> Iterator[tuple[float, Reason | Key | None]]:
    """(second of the day, what happens then): a code with this outcome, a key, or the camera's end (None). Repeatable."""
    random, happened = Random(seed), []
    reasons, weights = zip(*post.outcomes, strict=True)
    for hour, often in enumerate(post.per_hour):
        at_s = hour * 3600.0
        while often and (at_s := at_s + random.expovariate(often / 3600)) < (hour + 1) * 3600:
            happened.append((at_s, random.choices(reasons, weights)[0]))
            if random.random() < post.key_share:
                happened.append((at_s + random.uniform(2, 9), random.choice((Key.MODE, Key.NEXT))))
    if post.fault_from_hour is not None:
        end_s = post.fault_from_hour * 3600
        happened = [*(one for one in happened if one[0] < end_s), (end_s, None)]
    yield from sorted(happened, key=lambda one: one[0])


class Clock:
    """The simulated monotonic time."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Still(Care):
    """Without the walk: the idle screen round one place, at most `reach` px to each side, a pixel a minute."""

    def __init__(self, wear: WearMap, contrast: int, clock: Clock, reach: int) -> None:
        super().__init__(wear, contrast, clock)
        self._clock, self._reach = clock, reach

    def idle(self, idle: Idle, language: str) -> Image.Image:
        pieces, minute, moved = idle_pieces(idle, language), int(self._clock.now_s // 60), blank()
        shift = (_zigzag(minute, self._reach), _zigzag(minute // max(1, 4 * self._reach), self._reach))
        moved.paste(draw_pieces(pieces, centred(pieces)), shift)
        return self.still(moved)

    def notice(self, notice: Notice) -> Image.Image:
        return self.still(_drawn(notice))


@lru_cache(maxsize=256)
def _drawn(notice: Notice) -> Image.Image:
    return draw_notice(notice)


def _zigzag(minute: int, reach: int) -> int:
    place = (minute + reach) % (4 * reach) if reach else 0
    return min(place, 4 * reach - place) - reach


class Screen:
    """Puts effects on one care, and the same pictures' plain duty and shares by family on maps beside it."""

    def __init__(self, care: Care, clock: Clock, language: str) -> None:
        self.care, self._clock, self._language = care, clock, language
        self.duty, self.families = WearMap(), {"idle": WearMap(), "verdict": WearMap(), "other": WearMap()}
        self.pictures: list[float] = []  # what an idle picture took, in ms
        self._light, self._what = Light.FULL, "other"
        self._picture, self._since_s = blank(), 0.0

    def perform(self, effect: Effect) -> None:
        match effect:
            case Show(notice):
                self._put(self.care.notice(notice), "verdict")
            case ShowIdle(idle):
                began_s = time.perf_counter()
                picture = self.care.idle(idle, self._language)
                self.pictures.append((time.perf_counter() - began_s) * 1e3)
                self._put(picture, "idle")
            case ShowLines(lines):
                self._put(self.care.still(draw_lines(lines)), "other")
            case Lighten(light):
                self._count()
                self.care.lighten(light)
                self._light = light
            case _:
                pass

    def _put(self, picture: Image.Image, what: str) -> None:
        self._count()
        self._picture, self._what = picture, what

    def _count(self) -> None:
        lit_s, self._since_s = self._clock.now_s - self._since_s, self._clock.now_s
        if self._light is not Light.DARK:
            self.duty.add(self._picture, lit_s)
            weight = CONTRAST if self._light is Light.FULL else DIM_CONTRAST
            self.families[self._what].add(self._picture, lit_s * weight / 255)

    def close(self) -> None:
        self._count()
        self.care.settled()


def day(post: Post, cares: Sequence[tuple[str, Care]], clock: Clock, language: str, seed: int = 1) -> dict[str, Screen]:
    """One day of the real machine, shown on every care at once."""
    screens = {name: Screen(care, clock, language) for name, care in cares}
    profile = load_profile(post.profile)
    settings = Settings(profile, language=language, dim_s=30.0, sleep_s=300.0, give_up_s=2.0 * DAY_S, name="post-1")

    def moment() -> Moment:
        return Moment.exactly(MIDNIGHT + clock.now_s, 1.0)

    state, effects = begin(settings, moment(), 0.0)
    verdict: Verdict | None = None

    def feed(event: Event) -> None:
        nonlocal state
        state, done = step(state, event)
        perform(done)

    def perform(done: Sequence[Effect]) -> None:
        for effect in done:
            if isinstance(effect, Judge) and verdict is not None:
                feed(Judged(effect.scan, verdict, moment(), clock.now_s))
            else:
                for screen in screens.values():
                    screen.perform(effect)

    perform(effects)
    feed(TrustLoaded(1, MIDNIGHT - 7200, demo=False))
    random, waiting, down, number = Random(seed), list(events(post, seed)), False, 0
    while clock.now_s < DAY_S:
        until_s = waiting[0][0] if waiting else float(DAY_S)
        while clock.now_s < until_s:
            clock.now_s = min(until_s, clock.now_s + _stride_s(state.light, clock.now_s - state.active_s))
            if not down:
                feed(Alive(int(clock.now_s), clock.now_s))
            feed(Tick(moment(), clock.now_s))
        if waiting:
            what = waiting.pop(0)[1]
            if what is None:
                down = True
                feed(ScannerDown("simulated", clock.now_s, 1))
            elif isinstance(what, Key):
                feed(KeyPress(what))
            elif what is Reason.UNREADABLE:
                feed(Unread(random.choice((Word.GLARE, Word.TOO_FAR, Word.BLURRED)), clock.now_s))
            else:
                number += 1
                verdict = Verdict(
                    what.family, what, facts=Facts(kind=Kind.INSPECTION_MARK, plate=random.choice(PLATES))
                )
                feed(Scan(number.to_bytes(4, "big"), "bench", clock.now_s, reads=2))
    for screen in screens.values():
        screen.close()
    return screens


def _stride_s(light: Light, quiet_s: float) -> float:
    """Fine while things happen, and never past what the machine does by time."""
    if light is Light.DARK:
        return 60.0
    return 1.0 if quiet_s < 31 else 10.0


def cares(clock: Clock) -> tuple[tuple[str, Care], ...]:
    return (
        ("now", Care(WearMap(), CONTRAST, clock)),
        (f"swim of {SWIM_PX} px", Still(WearMap(), CONTRAST, clock, SWIM_PX)),
        ("one place", Still(WearMap(), CONTRAST, clock, 0)),
    )


def figures(screen: Screen) -> Row:
    duty, light = screen.duty, screen.care.settled()
    return {
        "duty_ratio": round(duty.summary().ratio or 0, 2),
        "duty_p99": round(duty.percentile_hours(99) / duty.summary().mean_hours, 2),
        "duty_max_h": round(duty.summary().max_hours, 2),
        "light_ratio": round(light.summary().ratio or 0, 2),
        "light_p99": round(light.percentile_hours(99) / light.summary().mean_hours, 2),
        "light_max_h": round(light.summary().max_hours, 2),
        "light_mean_h": round(light.summary().mean_hours, 3),
    }


def family_row(name: str, wear: WearMap) -> Row:
    found = wear.summary()
    return {
        "screens": name,
        "light_ratio": round(found.ratio or 0, 2),
        "light_max_h": round(found.max_hours, 2),
        "light_mean_h": round(found.mean_hours, 3),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.wear", description=__doc__)
    parser.add_argument("--json", metavar="FILE")
    given = parser.parse_args()
    days: list[Row] = []
    families: list[Row] = []
    took_ms: list[float] = []
    for name, post in POSTS.items():
        for language in LANGUAGES:
            clock = Clock()
            for layout, screen in day(post, cares(clock), clock, language).items():
                days.append({"post": f"{name}, {language}", "layout": layout, **figures(screen)})
                if layout == "now":
                    took_ms += screen.pictures
                    families += [{"post": f"{name}, {language}", **family_row(*one)} for one in screen.families.items()]
    emit_tables("wear", [("a day", days), ("of which, as it is now", families)], given.json)
    print(f"\nan idle picture, placed and drawn: median {median(took_ms):.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
