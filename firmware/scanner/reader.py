"""One frame after the other -> the events that are news: which stages look at a frame, and what was seen before.

Lives in the child process. A frame in which nothing was read gets one more attempt: the second chance (rescue) when a code was
found in it, otherwise one extra stage or one search, in rotation.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Final, TypeVar

from firmware.model import Scan, ScannerEvent, SceneShown, SecondOpinion
from firmware.scanner.codes import CODE_128, QR, Code
from firmware.scanner.decoders import BUDGET_S, EXTRAS, FIRST, Stage, first_look, read_codes, run_stages
from firmware.scanner.episode import UnreadEpisodes
from firmware.scanner.exposure import Trouble
from firmware.scanner.novelty import Novelty
from firmware.scanner.opinion import confirm, second_opinion
from firmware.scanner.planes import PLANES, is_coloured, named, plane_of, read_picture_codes
from firmware.scanner.quality import Candidate, cause_of, find_candidate, measure
from firmware.scanner.repeat import CONFIRMED_READS, Repeats
from firmware.scanner.rescue import Fusion, rescue
from firmware.scanner.source import Frame
from firmware.scanner.wire import MAX_BESIDE, MAX_BESIDE_BYTES
from firmware.scanner.zxing import Unread

_T = TypeVar("_T")

#: Bar codes (the licence's Code 128) are looked for in every fourth frame: they are shown rarely and cost much.
BARS_EVERY: Final = 4
#: A still frame is looked for a code-like thing this often: it only serves coaching.
CANDIDATE_EVERY: Final = 3
#: Nobody holds a code so still for so long: every frame is still read, but only one in seven is looked at hard (seven
#: divides no number of extra stages and planes, so that each has its turn).
IDLE_AFTER_S: Final = 5.0
IDLE_EVERY: Final = 7
#: A live frame in which nothing was found is searched for finder patterns this often, in turn with the extra stages.
SEARCH_EVERY: Final = 4
#: The name of the second chance among the means to read a frame.
RESCUE: Final = "rescue"
#: How long a live frame may be worked on when a code was found in it, and when none was: a search ends long before when it
#: finds nothing like a finder pattern, and half of this did not do for a code with one of its three covered.
RESCUE_S: Final = 0.06
SEARCH_S: Final = 0.12


class Reader:
    """Reads frames and remembers what was already told. `still` sources confirm within one picture."""

    def __init__(self, *, formats: tuple[str, ...] = (QR,), still: bool = False) -> None:
        self._formats = formats
        self._still = still
        self._repeats = Repeats()
        self._episodes = UnreadEpisodes()
        self._novelty = Novelty()
        self._idle = False
        self._turn = 0
        self._before: Candidate | None = None
        self._fusion = Fusion()
        self._means: Stage | str | None = None  # what read the code in view, where the first look does not
        self._scene: tuple[str, str] | None = None
        self._spent_ms: dict[str, list[float]] = defaultdict(list)

    def read(self, frame: Frame) -> list[ScannerEvent]:
        """The news of this frame, oldest first."""
        events: list[ScannerEvent] = []
        scene = (frame.tag, frame.caption)
        if frame.caption and scene != self._scene:
            events.append(SceneShown(frame.caption, frame.monotonic_s, frame.say))
            self._scene = scene
        frame, codes = self._timed("decode", lambda: self._look(frame))
        for code in codes:
            event = self._told(frame, code)
            if event is not None:
                events.append(event)
        if codes:
            self._episodes.read()
        else:
            events += self._coach(frame)
        return events

    def trouble(self, now_s: float) -> Trouble | None:
        """The code that is in view and unread, if there is one: its light may help."""
        return self._episodes.trouble(now_s)

    def in_view(self, now_s: float) -> bool:
        """Whether a code was read a moment ago."""
        return self._repeats.in_view(now_s)

    def stage_ms(self) -> tuple[tuple[str, float], ...]:
        """Medians per stage since the last call, in milliseconds; also of what the caller timed with `spent`."""
        medians = tuple((stage, median(spent)) for stage, spent in self._spent_ms.items())
        self._spent_ms.clear()
        return medians

    def spent(self, stage: str, milliseconds: float) -> None:
        self._spent_ms[stage].append(milliseconds)

    def _look(self, frame: Frame) -> tuple[Frame, list[Code]]:
        """What is read in the frame, and the frame as it was read: of a code in colour, its plane instead of its grey."""
        self._turn += 1
        if self._still:
            gray, codes = read_picture_codes(
                frame.gray if frame.colour is None else frame.colour, formats=self._formats
            )
            return replace(frame, gray=gray), codes
        formats = tuple(f for f in self._formats if f != CODE_128 or self._turn % BARS_EVERY == 0)
        look = first_look(frame.gray, formats=formats, budget_s=BUDGET_S["first"])
        if look.codes:
            self._fusion.forget()
            self._means = None
            return frame, look.codes
        self._idle = self._novelty.unchanged_s(frame.gray, frame.monotonic_s) > IDLE_AFTER_S
        means = self._means_for(frame, formats, look.unread)
        if means is None:
            return frame, []
        frame, codes = self._attempt(frame, formats, means, look.unread)
        if codes:
            self._means = means
        return frame, codes

    def _means_for(self, frame: Frame, formats: tuple[str, ...], unread: list[Unread]) -> Stage | str | None:
        """What to try on a frame that gave nothing at first sight. A code in view is looked for by what read it, or not at all."""
        turn_to_search = QR in formats and (bool(unread) or self._turn % SEARCH_EVERY == 0)
        if self._repeats.in_view(frame.monotonic_s):
            means = self._means or (RESCUE if unread else None)
            return means if self._repeats.wanted(frame.monotonic_s) and (means != RESCUE or turn_to_search) else None
        self._means = None
        if self._resting():
            return None
        if turn_to_search:
            return RESCUE
        stages = [stage for stage in EXTRAS if stage.format in formats]
        turns: list[Stage | str] = [*(PLANES if frame.colour is not None else ()), *stages]
        return turns[self._turn % len(turns)] if turns else None

    def _attempt(
        self, frame: Frame, formats: tuple[str, ...], means: Stage | str, unread: list[Unread]
    ) -> tuple[Frame, list[Code]]:
        """One more attempt: the second chance, a stage of the table, or a plane of a frame in colour."""
        if means == RESCUE:
            return frame, self._timed("rescue", lambda: self._rescue(frame, unread))
        if isinstance(means, Stage):
            return frame, run_stages(frame.gray, (means,), formats=formats, budget_s=BUDGET_S["first"])
        if frame.colour is None or not is_coloured(frame.colour):
            return frame, []
        plane = plane_of(frame.colour, means)
        return replace(frame, gray=plane), list(named(read_codes(plane, formats=formats), means))

    def _rescue(self, frame: Frame, unread: list[Unread]) -> list[Code]:
        """The second chance: a code that was found and could not be corrected, summed with the frames before; else a search."""
        budget_s = RESCUE_S if unread else SEARCH_S
        searches = self._turn // SEARCH_EVERY - 1  # the first begins with the look that finds most
        codes = rescue(frame.gray, unread or None, memory=self._fusion, budget_s=budget_s, turn=searches)
        if codes:
            self._fusion.forget()
        return codes

    def _resting(self) -> bool:
        """Whether this frame is one of a view that has not changed for long, and not the one in seven looked at hard."""
        return self._idle and self._turn % IDLE_EVERY != 0

    def _told(self, frame: Frame, code: Code) -> Scan | None:
        reads, second = 1, SecondOpinion.SILENT
        if self._still:
            reads, second = self._timed("second", lambda: confirm(frame.gray, code))
        news = self._repeats.news(code.payload, frame.monotonic_s, reads)
        if news is None:
            return None
        if not self._still and news >= CONFIRMED_READS:
            # Not on the first reading: the verdict must not wait for a slower decoder (P1), and only a confirmed
            # reading may accuse (P9).
            second = self._timed("second", lambda: second_opinion(frame.gray, code))
        beside = self._timed("bars", lambda: self._bars_beside(frame)) if code.format == QR else ()
        return Scan(code.payload, code.decoder, frame.monotonic_s, code.format, news, second, beside)

    def _bars_beside(self, frame: Frame) -> tuple[bytes, ...]:
        """The bar codes in view with a QR code: a driving licence shows both, and they must agree (row S6).

        Looked for only when a code is told, so once or twice a presentation, never in every frame.
        """
        stages = FIRST + EXTRAS if self._still else FIRST
        bars = run_stages(frame.gray, stages, formats=(CODE_128,), budget_s=BUDGET_S["first"])
        return tuple(bar.payload for bar in bars[:MAX_BESIDE] if len(bar.payload) <= MAX_BESIDE_BYTES)

    def _coach(self, frame: Frame) -> list[ScannerEvent]:
        if self._resting() or (self._turn % CANDIDATE_EVERY and not self._still):
            return []
        candidate = self._timed("candidate", lambda: find_candidate(frame.gray))
        before, self._before = self._before, candidate
        if candidate is None or self._repeats.in_view(frame.monotonic_s):
            return []
        unread = self._episodes.unread(cause_of(measure(frame.gray, candidate, before)), frame.monotonic_s)
        return [] if unread is None else [unread]

    def _timed(self, stage: str, work: Callable[[], _T]) -> _T:
        began_s = time.perf_counter()
        try:
            return work()
        finally:
            self.spent(stage, (time.perf_counter() - began_s) * 1e3)
