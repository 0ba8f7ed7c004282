"""The terminal's behaviour, event by event, with a clock that the test turns."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.events import (
    Decide,
    Effect,
    Event,
    Fault,
    Finish,
    GateService,
    Judge,
    Judged,
    KeepFloor,
    Play,
    Record,
    Show,
    ShowIdle,
    ShowStarting,
    StopAsked,
    Tell,
    Tick,
    TrustLoaded,
    TrustRefused,
)
from firmware.machine import CONFIRM_S, KEEP_FLOOR_EACH_S, begin, step
from firmware.model import (
    Alive,
    Check,
    CheckName,
    ClockLevel,
    Facts,
    Family,
    Moment,
    Outcome,
    Reason,
    Scan,
    ScannerDown,
    SceneShown,
    Signal,
    SourceEnded,
    Unread,
    Verdict,
    Word,
)
from firmware.profiles import load_profile
from firmware.refusal import ExitCode
from firmware.state import Settings, State, status_line

NOON = 1_781_236_200.0  # 2026-06-12 11:50 in China
POLICE = load_profile("police")
VALID = Verdict(Family.GO, Reason.VALID, facts=Facts(plate="京A12345"))
REVOKED = Verdict(Family.STOP, Reason.REVOKED)
DOUBTFUL = Verdict(
    Family.RETRY,
    Reason.UNREADABLE,
    checks=(Check(CheckName.SIGNATURE, Outcome.UNKNOWN, Reason.UNREADABLE, Word.READS_DIFFER),),
    facts=Facts(word=Word.READS_DIFFER),
)
BAD = Verdict(Family.ALERT, Reason.BAD_SIGNATURE)
TRUST = TrustLoaded(version=4, status_utc_s=NOON - 3 * 3600, demo=False)

E = TypeVar("E")


class Desk:
    """A machine, the verdicts it will be given, and all that it asked for."""

    def __init__(self, level: ClockLevel = ClockLevel.T3, **settings: object) -> None:
        self.now_s = 100.0
        self.level = level
        self.verdicts: dict[bytes, list[Verdict]] = {}
        made = replace(Settings(POLICE), **settings)  # type: ignore[arg-type]
        self.state, effects = begin(made, self.moment(), self.now_s)
        self.effects: list[Effect] = list(effects)

    def moment(self) -> Moment:
        return Moment.exactly(NOON + self.now_s - 100.0, 1.0, self.level)

    def ready(self) -> Desk:
        """Trust and frames are there, the terminal is idle."""
        self.feed(TRUST)
        self.alive()
        self.effects.clear()
        return self

    def feed(self, event: Event) -> list[Effect]:
        self.state, effects = step(self.state, event)
        asked = list(effects)
        for effect in effects:
            if isinstance(effect, Judge):
                verdict = self.verdicts[effect.scan.payload].pop(0)
                asked += self.feed(Judged(effect.scan, verdict, self.moment(), self.now_s))
        self.effects += effects
        return asked

    def alive(self) -> list[Effect]:
        return self.feed(Alive(5, self.now_s)) + self.feed(Tick(self.moment(), self.now_s))

    def wait(self, seconds: float, *, frames: bool = True) -> list[Effect]:
        """Time passes in steps of a tenth, with or without fresh frames."""
        asked: list[Effect] = []
        for _ in range(round(seconds * 10)):
            self.now_s = round(self.now_s + 0.1, 3)
            if frames:
                asked += self.feed(Alive(1, self.now_s))
            asked += self.feed(Tick(self.moment(), self.now_s))
        return asked

    def show(self, payload: bytes, *verdicts: Verdict, reads: int = 1) -> list[Effect]:
        self.verdicts.setdefault(payload, []).extend(verdicts)
        return self.feed(Scan(payload, "zxing", self.now_s, reads=reads))


def only(kind: type[E], effects: list[Effect]) -> list[E]:
    return [effect for effect in effects if isinstance(effect, kind)]


def reasons(effects: list[Effect]) -> list[Reason]:
    return [effect.verdict.reason for effect in only(Record, effects)]


def test_the_screen_says_starting_until_there_are_frames_and_trust() -> None:
    desk = Desk()
    assert desk.effects == [GateService(False), Tell("service", (("fault", "E01"),)), ShowStarting()]
    assert not only(ShowIdle, desk.feed(TRUST))
    effects = desk.alive()
    assert GateService(True) in effects
    assert len(only(ShowIdle, effects)) == 1


def test_a_verdict_gives_relay_then_signal_then_screen_then_record() -> None:
    effects = Desk().ready().show(b"A", VALID)
    assert [type(effect) for effect in effects] == [Judge, Decide, Play, Show, Record]
    assert only(Show, effects)[0].notice.headline == "有效"
    assert only(Play, effects)[0].signal.sound_ms == (100,)


@pytest.mark.parametrize("hold_s", [2.0, 6.0, 30.0])
def test_a_verdict_stands_for_its_time_and_then_the_terminal_is_idle_and_dark(hold_s: float) -> None:
    desk = Desk(hold_s=hold_s).ready()
    desk.show(b"A", VALID)
    assert not only(ShowIdle, desk.wait(hold_s - 0.1))
    effects = desk.wait(0.1)
    assert only(Play, effects) == [Play(Signal())]
    assert only(ShowIdle, effects)[0].idle.verdicts_today == 1


def test_another_code_is_taken_at_once() -> None:
    desk = Desk().ready()
    desk.show(b"A", VALID)
    assert reasons(desk.show(b"B", REVOKED)) == [Reason.REVOKED]
    assert desk.state.standing is REVOKED


def test_the_second_read_of_a_code_is_not_a_second_event() -> None:
    desk = Desk().ready()
    desk.show(b"A", VALID)
    assert desk.show(b"A", reads=2) == []


def test_two_codes_side_by_side_are_judged_once_each() -> None:
    desk = Desk().ready()
    desk.show(b"A", VALID)
    desk.show(b"B", REVOKED)
    assert desk.show(b"A", reads=2) == []
    assert desk.show(b"B", reads=2) == []


def test_a_code_presented_again_gets_its_verdict_again() -> None:
    desk = Desk().ready()
    desk.show(b"A", VALID)
    desk.show(b"A", reads=2)
    desk.wait(3)
    assert reasons(desk.show(b"A", VALID)) == [Reason.VALID]


def test_a_first_bad_read_is_not_shown_before_the_second() -> None:
    desk = Desk().ready()
    assert [type(effect) for effect in desk.show(b"A", DOUBTFUL)] == [Judge]
    desk.wait(0.2)
    assert reasons(desk.show(b"A", BAD, reads=2)) == [Reason.BAD_SIGNATURE]
    assert not only(Record, desk.wait(2))


def test_a_first_bad_read_without_a_second_becomes_unreadable_after_a_moment() -> None:
    desk = Desk().ready()
    desk.show(b"A", DOUBTFUL)
    assert not only(Show, desk.wait(CONFIRM_S - 0.1))
    assert reasons(desk.wait(0.2)) == [Reason.UNREADABLE]
    assert reasons(desk.show(b"A", BAD, reads=2)) == [Reason.BAD_SIGNATURE]


def test_a_first_bad_read_gives_way_to_another_code() -> None:
    desk = Desk().ready()
    desk.show(b"A", DOUBTFUL)
    desk.show(b"B", VALID)
    assert not only(Record, desk.wait(2))


def test_a_flip_in_one_frame_never_alarms() -> None:
    desk = Desk().ready()
    desk.show(b"A with a flipped bit", DOUBTFUL)
    assert reasons(desk.show(b"A", VALID)) == [Reason.VALID]
    assert reasons(desk.wait(10)) == []


def test_advice_on_an_unread_code_does_not_wipe_a_verdict_away() -> None:
    desk = Desk().ready()
    desk.show(b"A", REVOKED)
    assert desk.feed(Unread(Word.GLARE, desk.now_s)) == []
    desk.wait(6)
    effects = desk.feed(Unread(Word.GLARE, desk.now_s))
    assert reasons(effects) == [Reason.UNREADABLE]
    assert reasons(desk.feed(Unread(Word.TOO_FAR, desk.now_s))) == [Reason.UNREADABLE]
    assert desk.state.verdicts_today == 1


def test_a_dead_scanner_is_out_of_service_until_frames_return() -> None:
    desk = Desk().ready()
    effects = desk.feed(ScannerDown("exit code 1", desk.now_s, 1))
    assert GateService(False) in effects
    assert only(Show, effects)[0].notice.family is Family.SERVICE
    assert "E21" in only(Show, effects)[0].notice.detail
    assert not only(ShowIdle, desk.wait(2, frames=False))
    assert GateService(True) in desk.wait(0.1)
    assert desk.state.fault is None


def test_a_verdict_keeps_its_time_when_the_scanner_dies_and_the_gate_closes_at_once() -> None:
    desk = Desk().ready()
    desk.show(b"A", VALID)
    effects = desk.feed(ScannerDown("killed", desk.now_s, 1))
    assert GateService(False) in effects
    assert not only(Show, effects)
    assert only(Show, desk.wait(6, frames=False))[0].notice.family is Family.SERVICE


def test_a_frame_from_before_the_scanner_died_does_not_bring_it_back() -> None:
    desk = Desk().ready()
    desk.feed(ScannerDown("killed", desk.now_s, 1))
    desk.feed(Alive(3, desk.now_s - 0.5))
    assert desk.state.fault is Fault.NO_FRAMES


@pytest.mark.parametrize(("silent_s", "fault"), [(3.0, None), (3.1, Fault.NO_FRAMES)])
def test_frames_that_stop_are_shown_after_three_seconds(silent_s: float, fault: Fault | None) -> None:
    desk = Desk().ready()
    desk.wait(silent_s, frames=False)
    assert desk.state.fault is fault


def test_frames_that_stop_end_the_process_after_ten_seconds_so_that_it_is_started_again() -> None:
    desk = Desk().ready()
    assert not only(Finish, desk.wait(10, frames=False))
    assert only(Finish, desk.wait(0.1, frames=False)) == [Finish(ExitCode.NO_FRAMES)]


def test_a_camera_may_take_its_time_for_the_first_frame_but_not_for_ever() -> None:
    desk = Desk(start_s=20.0)
    desk.feed(TRUST)
    assert not only(Finish, desk.wait(23, frames=False))
    assert desk.state.fault is Fault.STARTING
    desk.wait(0.1, frames=False)
    assert desk.state.fault is Fault.NO_FRAMES
    assert Finish(ExitCode.NO_FRAMES) in desk.wait(7, frames=False)


def test_a_camera_that_is_not_there_ends_the_process_without_waiting_for_its_start() -> None:
    desk = Desk()
    desk.feed(TRUST)
    for restarts in range(1, 6):
        desk.feed(ScannerDown("no such device", desk.now_s, restarts))
        desk.wait(1.9, frames=False)
    assert Finish(ExitCode.NO_FRAMES) not in desk.effects
    assert Finish(ExitCode.NO_FRAMES) in desk.wait(0.7, frames=False)


def test_a_finite_source_never_stalls() -> None:
    desk = Desk(finite=True).ready()
    assert not only(Finish, desk.wait(60, frames=False))
    assert desk.state.fault is None


def test_a_finite_source_that_never_opened_ends_the_run() -> None:
    desk = Desk(finite=True)
    desk.feed(TRUST)
    assert Finish(ExitCode.UNAVAILABLE) in desk.feed(ScannerDown("no such folder", desk.now_s, 1))


def test_a_finite_source_ends_after_its_last_verdict() -> None:
    desk = Desk(finite=True).ready()
    desk.show(b"A", DOUBTFUL)
    assert not only(Finish, desk.feed(SourceEnded(3)))
    effects = desk.wait(1, frames=False)
    assert reasons(effects) == [Reason.UNREADABLE]
    assert Finish(ExitCode.OK) in effects


def test_of_a_finite_source_every_unread_picture_is_told() -> None:
    desk = Desk(finite=True).ready()
    desk.show(b"A", REVOKED)
    assert reasons(desk.feed(Unread(Word.BLURRED, desk.now_s))) == [Reason.UNREADABLE]


def test_without_trust_nothing_is_judged_and_the_screen_says_so() -> None:
    desk = Desk()
    desk.feed(TrustRefused("no trust folder", "run the sync"))
    desk.alive()
    assert desk.state.fault is Fault.NO_TRUST
    assert desk.show(b"A") == []
    assert "E31" in only(Show, desk.effects)[-1].notice.detail
    assert "run the sync" in status_line(desk.state)


def test_a_bad_new_bundle_leaves_the_old_one_in_use_and_says_so() -> None:
    desk = Desk().ready()
    desk.feed(TrustRefused("the signature does not hold", "get it again"))
    assert desk.state.fault is None
    assert reasons(desk.show(b"A", VALID)) == [Reason.VALID]
    assert "the signature does not hold" in status_line(desk.state)
    desk.feed(replace(TRUST, version=5))
    assert "signature" not in status_line(desk.state)


def test_a_bundle_that_stands_in_for_a_damaged_one_is_used_and_its_age_is_told_until_the_damage_is_mended() -> None:
    desk = Desk().ready()
    older = replace(TRUST, status_utc_s=NOON - 5 * 3600, instead_of=TrustRefused("a blob is damaged", "run the sync"))
    desk.feed(older)
    assert reasons(desk.show(b"A", VALID)) == [Reason.VALID]
    assert "a blob is damaged" in status_line(desk.state)
    assert "5h" in status_line(desk.state)
    told = [
        dict(effect.fields) for effect in desk.effects if isinstance(effect, Tell) and effect.name == "trust-refused"
    ]
    assert [(fields["kept_version"], fields["kept_status_age_s"]) for fields in told] == [(4, 5 * 3600)]
    desk.feed(TRUST)
    assert "damaged" not in status_line(desk.state)


def test_the_idle_screen_has_time_clock_list_age_and_count() -> None:
    desk = Desk(ClockLevel.T2)
    desk.feed(TRUST)
    (shown,) = only(ShowIdle, desk.alive())
    assert (shown.idle.time, shown.idle.clock_level) == ("11:50", ClockLevel.T2)
    assert shown.idle.status_age_s == 3 * 3600
    assert shown.idle.verdicts_today == 0


def test_a_fault_that_stands_is_drawn_again_each_minute_without_a_sound() -> None:
    desk = Desk().ready()
    desk.feed(ScannerDown("gone", desk.now_s, 1))
    effects = desk.wait(600, frames=False)
    assert 8 <= len(only(Show, effects)) <= 10
    assert only(Play, effects) == []


def test_the_idle_screen_is_drawn_again_only_when_it_changes() -> None:
    desk = Desk().ready()
    assert len(only(ShowIdle, desk.wait(120))) in (2, 3)  # a new minute, an older list


def test_a_clock_that_is_only_a_floor_shows_no_time() -> None:
    desk = Desk(ClockLevel.T1)
    desk.feed(TRUST)
    assert only(ShowIdle, desk.alive())[0].idle.time == "--:--"


def test_the_count_begins_anew_at_midnight_in_china() -> None:
    desk = Desk().ready()
    desk.show(b"A", VALID)
    assert desk.state.verdicts_today == 1
    desk.now_s += 12 * 3600 + 600 + 1  # 11:50 + 12 h 10 min
    desk.alive()
    assert desk.state.verdicts_today == 0


def test_the_status_line_is_what_the_operator_reads() -> None:
    desk = Desk().ready()
    for number in range(3):
        desk.show(b"A%d" % number, VALID)
    desk.show(b"B", REVOKED)
    assert status_line(desk.state) == "有效 3 停 1 名单3h"
    desk.feed(ScannerDown("killed", desk.now_s, 1))
    assert status_line(desk.state) == "E21 no-frames | 有效 3 停 1 名单3h"


def test_a_kiosk_out_of_service_says_so_once_a_minute() -> None:
    desk = Desk(profile=load_profile("gate"), give_up_s=1e9).ready()
    desk.feed(ScannerDown("killed", desk.now_s, 1))
    sounds = [play.signal.sound_ms for play in only(Play, desk.wait(125, frames=False))]
    assert sounds == [(300,), (300,)]


def test_a_handheld_out_of_service_is_silent() -> None:
    desk = Desk(give_up_s=1e9).ready()
    desk.feed(ScannerDown("killed", desk.now_s, 1))
    assert all(not play.signal.sound_ms for play in only(Play, desk.wait(125, frames=False)))


@pytest.mark.parametrize(("level", "kept"), [(ClockLevel.T3, 1), (ClockLevel.T2, 0)])
def test_the_floor_is_kept_every_ten_minutes_when_it_is_certain(level: ClockLevel, kept: int) -> None:
    desk = Desk(level).ready()
    desk.now_s += KEEP_FLOOR_EACH_S
    floors = only(KeepFloor, desk.alive())
    assert len(floors) == kept
    assert all(floor.floor_s == desk.moment().lo_s for floor in floors)


def test_stop_ends_cleanly() -> None:
    assert Finish(ExitCode.OK) in Desk().ready().feed(StopAsked())


def test_a_played_scene_is_told() -> None:
    effects = Desk().ready().feed(SceneShown("a phone", 100.0, "here is my mark"))
    assert effects == [Tell("scene", (("caption", "a phone"), ("say", "here is my mark")))]


EVENTS = st.one_of(
    st.builds(Scan, st.sampled_from([b"A", b"B", b"C"]), st.just("zxing"), st.just(0.0), reads=st.integers(1, 2)),
    st.builds(Unread, st.sampled_from([Word.GLARE, Word.TOO_DARK]), st.just(0.0)),
    st.builds(Alive, st.integers(0, 2), st.just(0.0)),
    st.builds(ScannerDown, st.just("why"), st.just(0.0), st.just(1)),
    st.builds(TrustRefused, st.just("what"), st.just("next")),
    st.just(TRUST),
    st.floats(0.0, 4.0),
)


@given(st.lists(EVENTS, max_size=40), st.lists(st.sampled_from([VALID, REVOKED, DOUBTFUL, BAD]), min_size=1))
def test_whatever_happens_the_gate_only_hears_verdicts_and_every_verdict_is_recorded_once(
    events: list[Event | float], answers: list[Verdict]
) -> None:
    state, _ = begin(Settings(POLICE, give_up_s=1e9), Moment.exactly(NOON), 0.0)
    now_s, turn = 0.0, 0

    def run(state: State, event: Event) -> State:
        nonlocal turn
        state, effects = step(state, event)
        assert len(only(Decide, list(effects))) == len(only(Record, list(effects))) <= 1
        for effect in effects:
            if isinstance(effect, Judge):
                assert state.trust is not None
                turn += 1
                state = run(state, Judged(effect.scan, answers[turn % len(answers)], Moment.exactly(NOON), now_s))
        return state

    for event in events:
        if isinstance(event, float):
            now_s += event
            state = run(state, Tick(Moment.exactly(NOON + now_s), now_s))
        else:
            if isinstance(event, Scan | Unread | ScannerDown):
                event = replace(event, monotonic_s=now_s)
            elif isinstance(event, Alive):
                event = replace(event, newest_frame_s=now_s)
            state = run(state, event)
        assert len(state.seen) <= 8
        assert (state.drawn is None) == (state.standing is not None)
