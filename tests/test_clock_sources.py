"""Several sources of time at once: who outranks whom, what agreement narrows, what a contradiction leaves, what phones may say."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.clock import BUILD_FLOOR_S, DRIFT_PPM, Rank, Reading, Sample, SystemClock, combine
from firmware.clock.phones import HOLDERS, PHONE_ERROR_S, Phones, Says
from firmware.clock.system import ISSUER_ERROR_S
from firmware.model import Check, CheckName, ClockLevel, Moment, Outcome, Reason, Scan
from firmware.remember import RememberingVerifier
from firmware.time_sources.witness import witness_for
from tests.world import NOW, POLICE, World, text

NOW_S = 1_800_000_000.0
DAY_S = 86_400.0


@dataclass
class Board:
    reading: Reading = field(default_factory=lambda: Reading(60.0, 100.0, None))

    def read(self) -> Reading:
        return self.reading

    def passes(self, seconds: float) -> None:
        self.reading = replace(self.reading, wall_s=self.reading.wall_s + seconds, boot_s=self.reading.boot_s + seconds)

    def syncs(self, wall_s: float) -> None:
        self.reading = replace(self.reading, wall_s=wall_s, kernel_error_s=0.01)


def sample(source: str, rank: Rank, utc_s: float = NOW_S, half_s: float = 1.0, steady_s: float = 100.0) -> Sample:
    return Sample.around(source, rank, utc_s, half_s, steady_s)


def reply(utc_s: float = NOW_S, half_s: float = 1.0, steady_s: float = 100.0) -> Sample:
    return sample("reply", Rank.PROVEN, utc_s, half_s, steady_s)


def rtc(utc_s: float = NOW_S, half_s: float = 1.0, steady_s: float = 100.0) -> Sample:
    return sample("rtc", Rank.KEPT, utc_s, half_s, steady_s)


def gnss(utc_s: float = NOW_S, half_s: float = 1.0, steady_s: float = 100.0) -> Sample:
    return sample("gnss", Rank.HEARD, utc_s, half_s, steady_s)


def clock_with(*samples: Sample, heard_alone: bool = False) -> tuple[SystemClock, Board]:
    board = Board()
    clock = SystemClock(board, trust_system=False, heard_alone=heard_alone)
    for one in samples:
        clock.offer(one)
    return clock, board


# --- levels and agreement ---------------------------------------------------------------------------------------------


def test_a_signed_reply_is_t3_and_its_doubt_grows_by_100_ppm() -> None:
    clock, board = clock_with(reply())
    assert clock.moment() == Moment(NOW_S - 1, NOW_S + 1, ClockLevel.T3)
    board.passes(DAY_S)
    assert clock.moment().doubt_s == pytest.approx(1 + DAY_S * DRIFT_PPM / 1e6)


def test_a_kept_clock_is_t2_and_narrows_proven_time_that_has_drifted() -> None:
    clock, board = clock_with(reply())
    board.passes(2 * DAY_S)
    clock.offer(rtc(NOW_S + 2 * DAY_S + 0.2, 1.0, board.reading.boot_s))
    assert clock.moment().level is ClockLevel.T3
    assert clock.moment().doubt_s == pytest.approx(1.0)


def test_samples_of_one_level_are_intersected_and_never_averaged() -> None:
    clock, _ = clock_with(rtc(NOW_S, 1.0), sample("rtc", Rank.KEPT, NOW_S + 1.5, 1.0))
    assert clock.moment() == Moment(NOW_S + 0.5, NOW_S + 1, ClockLevel.T2)


@pytest.mark.parametrize("lie_s", [-DAY_S, -60.0, 60.0, DAY_S])
def test_spoofed_gnss_overrides_neither_proven_nor_kept_time(lie_s: float, caplog: pytest.LogCaptureFixture) -> None:
    for honest in (reply(), rtc()):
        clock, _ = clock_with(honest, gnss(NOW_S + lie_s), heard_alone=True)
        assert (clock.moment().lo_s, clock.moment().hi_s) == (NOW_S - 1, NOW_S + 1)
        assert f"gnss contradicts {honest.source}" in caplog.text


def test_spoofed_gnss_within_the_doubt_narrows_proven_time_not_at_all() -> None:
    clock, _ = clock_with(reply(half_s=8.0), gnss(NOW_S + 7), heard_alone=True)
    assert clock.moment().doubt_s == 8.0


def test_a_kept_clock_that_contradicts_a_signed_reply_is_not_believed_and_is_told() -> None:
    clock, _ = clock_with(reply(), rtc(NOW_S + DAY_S))
    assert clock.moment() == Moment(NOW_S - 1, NOW_S + 1, ClockLevel.T3)
    assert "rtc contradicts reply by 86398 s" in clock.why


def test_two_proven_samples_that_contradict_each_other_leave_both_possible() -> None:
    clock, _ = clock_with(reply(), sample("chrony", Rank.PROVEN, NOW_S + 30))
    assert clock.moment() == Moment(NOW_S - 1, NOW_S + 31, ClockLevel.T3)


def test_a_kept_clock_that_jumps_while_we_watch_leaves_both_possible() -> None:
    clock, board = clock_with(rtc())
    clock.moment()
    board.passes(2.0)
    clock.offer(rtc(NOW_S + DAY_S, 1.0, 102.0))
    moment = clock.moment()
    assert moment.lo_s <= NOW_S + 2 <= moment.hi_s
    assert moment.hi_s - moment.lo_s > DAY_S


def test_a_kept_clock_that_was_just_set_begins_anew() -> None:
    clock, _ = clock_with(rtc(NOW_S - DAY_S))
    clock.moment()
    clock.offer(rtc(), anew=True)
    assert clock.moment().utc_s == NOW_S


# --- what is only heard -----------------------------------------------------------------------------------------------


def test_what_is_only_heard_counts_alone_where_the_configuration_says_so() -> None:
    assert clock_with(gnss(), heard_alone=True)[0].moment().level is ClockLevel.T2
    clock, board = clock_with(gnss())
    assert clock.moment() == Moment(BUILD_FLOOR_S, math.inf, ClockLevel.T1)
    assert "only heard from gnss" in clock.why
    board.syncs(NOW_S)
    assert clock.moment() == Moment(NOW_S - 1, NOW_S + 1, ClockLevel.T2)


def test_two_that_are_heard_and_contradict_each_other_leave_the_floor() -> None:
    clock, board = clock_with(gnss(NOW_S + 60))
    board.syncs(NOW_S)
    assert clock.moment().level is ClockLevel.T1


def test_a_heard_source_that_jumps_is_ignored() -> None:
    clock, board = clock_with(gnss(), heard_alone=True)
    clock.moment()
    board.passes(10.0)
    clock.offer(gnss(NOW_S - 3600, 1.0, 110.0))
    assert clock.moment().utc_s == pytest.approx(NOW_S + 10)


# --- the floor --------------------------------------------------------------------------------------------------------


def test_a_sample_below_the_floor_is_refused_at_every_rank(caplog: pytest.LogCaptureFixture) -> None:
    for one in (reply(), rtc(), gnss()):
        clock, _ = clock_with(one, heard_alone=True)
        clock.raise_floor(NOW_S + 2)
        assert clock.moment() == Moment(NOW_S + 2, math.inf, ClockLevel.T1)
        assert f"{one.source} is below the floor" in caplog.text


def test_proven_time_raises_the_floor_and_nothing_else_that_is_heard_or_kept_does() -> None:
    clock, _ = clock_with(rtc(), gnss(), heard_alone=True)
    clock.moment()
    assert clock.floor_s == BUILD_FLOOR_S
    clock.offer(reply())
    clock.moment()
    assert clock.floor_s == NOW_S - 1


def test_a_server_made_code_raises_the_floor_but_not_beyond_what_is_possible() -> None:
    clock, _ = clock_with()
    clock.hear_issuer(NOW_S)
    assert clock.floor_s == NOW_S - ISSUER_ERROR_S
    clock, _ = clock_with(rtc())
    clock.hear_issuer(NOW_S + 10)
    assert clock.floor_s == BUILD_FLOOR_S
    clock.hear_issuer(NOW_S + 0.5)
    assert clock.floor_s == NOW_S + 0.5 - ISSUER_ERROR_S


# --- phones -----------------------------------------------------------------------------------------------------------


def holders(count: int, first: int = 0) -> list[bytes]:
    return [bytes([number]) * 16 for number in range(first, first + count)]


def test_one_phone_that_is_fast_moves_nothing_however_often_it_is_shown() -> None:
    for clock, _ in (clock_with(), clock_with(rtc()), clock_with(reply())):
        before = clock.moment()
        for _ in range(50):
            clock.hear_code(b"x" * 16, NOW_S + 10 * DAY_S)
        assert clock.moment() == before


def test_four_fast_phones_among_five_move_nothing_beyond_the_allowance() -> None:
    clock, _ = clock_with()
    for holder in holders(4):
        clock.hear_code(holder, NOW_S + 10 * DAY_S)
    clock.hear_code(b"h" * 16, NOW_S)
    assert clock.moment().lo_s == pytest.approx(NOW_S - PHONE_ERROR_S)


def test_five_holders_in_a_row_raise_the_lower_end_in_memory_alone() -> None:
    clock, board = clock_with()
    for offset, holder in enumerate(holders(HOLDERS)):
        clock.hear_code(holder, NOW_S + offset)
    moment = clock.moment()
    assert (moment.level, moment.hi_s) == (ClockLevel.T1, math.inf)
    assert moment.lo_s == pytest.approx(NOW_S - PHONE_ERROR_S)
    assert clock.floor_s == BUILD_FLOOR_S
    board.passes(3600)
    assert clock.moment().lo_s == pytest.approx(NOW_S + 3600 - PHONE_ERROR_S, abs=1)


def test_old_codes_that_are_shown_again_never_move_it_back() -> None:
    clock, _ = clock_with()
    for holder in holders(HOLDERS):
        clock.hear_code(holder, NOW_S)
    for holder in holders(HOLDERS, first=10):
        clock.hear_code(holder, NOW_S - DAY_S)
    assert clock.moment().lo_s == pytest.approx(NOW_S - PHONE_ERROR_S)


@pytest.mark.parametrize(("offset_s", "word"), [(DAY_S, "later"), (-DAY_S, "behind")])
def test_five_phones_that_contradict_an_unproven_clock_take_its_word_away(offset_s: float, word: str) -> None:
    clock, _ = clock_with(rtc())
    for number, holder in enumerate(holders(HOLDERS)):
        assert clock.moment().level is ClockLevel.T2, number
        clock.hear_code(holder, NOW_S + offset_s)
    assert (clock.moment().level, clock.moment().hi_s) == (ClockLevel.T1, math.inf)
    assert word in clock.why


def test_five_old_codes_of_different_ages_are_no_witness_against_the_clock() -> None:
    clock, _ = clock_with(rtc())
    for number, holder in enumerate(holders(HOLDERS)):
        clock.hear_code(holder, NOW_S - DAY_S - 60 * number)
    assert clock.moment().level is ClockLevel.T2


def test_five_phones_that_fit_again_give_the_clock_its_word_back() -> None:
    clock, _ = clock_with(rtc())
    for holder in holders(HOLDERS):
        clock.hear_code(holder, NOW_S - DAY_S)
    for holder in holders(HOLDERS, first=20):
        clock.hear_code(holder, NOW_S - 5)
    assert clock.moment().level is ClockLevel.T2


def test_proven_time_is_doubted_by_no_number_of_phones_and_ends_their_doubt() -> None:
    clock, _ = clock_with(rtc())
    for holder in holders(HOLDERS):
        clock.hear_code(holder, NOW_S - DAY_S)
    clock.offer(reply())
    assert clock.moment().level is ClockLevel.T3
    for holder in holders(200):
        clock.hear_code(holder, NOW_S + DAY_S)
    assert clock.moment() == Moment(NOW_S - 1, NOW_S + 1, ClockLevel.T3)


def test_phones_narrow_a_wide_kept_clock_from_below_only() -> None:
    clock, _ = clock_with(rtc(half_s=40.0))
    for holder in holders(HOLDERS):
        clock.hear_code(holder, NOW_S - 2)
    assert clock.moment() == Moment(NOW_S - 2 - PHONE_ERROR_S, NOW_S + 40, ClockLevel.T2)


def test_the_memory_of_phones_is_five_codes() -> None:
    phones = Phones()
    said = [phones.hear(holder, NOW_S, 1.0, NOW_S, NOW_S) for holder in holders(200)]
    assert set(said[HOLDERS - 1 :]) == {Says.FITS}
    assert len(phones._codes) == HOLDERS


# --- any story --------------------------------------------------------------------------------------------------------

TRUTHS = st.tuples(
    st.sampled_from([("reply", Rank.PROVEN), ("rtc", Rank.KEPT), ("gnss", Rank.HEARD), ("chrony", Rank.HEARD)]),
    st.floats(0, 30),  # half-width
    st.floats(-1, 1),  # where in it the truth lies
    st.floats(0, 5000),  # seconds until then
)


@given(st.lists(TRUTHS, min_size=1, max_size=12), st.floats(-DRIFT_PPM, DRIFT_PPM), st.booleans())
def test_while_no_source_lies_the_truth_is_always_inside(
    story: list[tuple[tuple[str, Rank], float, float, float]], ppm: float, alone: bool
) -> None:
    board = Board()
    clock = SystemClock(board, trust_system=False, heard_alone=alone)
    true_s = NOW_S
    for (source, rank), half_s, place, wait_s in story:
        board.passes(wait_s * (1 + ppm / 1e6))
        true_s += wait_s
        clock.offer(Sample.around(source, rank, true_s + half_s * place, half_s, board.reading.boot_s))
        moment = clock.moment()
        assert moment.lo_s - 1e-3 <= true_s <= moment.hi_s + 1e-3


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Rank)), st.floats(-1e6, 1e6), st.floats(0, 1e3), st.integers(0, 3)), max_size=8
    ),
    st.booleans(),
)
def test_whatever_lower_ranks_say_the_best_rank_is_never_left(
    drawn: list[tuple[Rank, float, float, int]], alone: bool
) -> None:
    samples = [sample(f"s{number}", rank, NOW_S + offset, half) for rank, offset, half, number in drawn]
    best = combine(samples, 100.0, heard_alone=alone).best
    proven = [one for one in samples if one.rank is Rank.PROVEN]
    if proven:
        assert best is not None
        assert best.rank is Rank.PROVEN
        assert min(one.lo_s for one in proven) <= best.lo_s <= best.hi_s <= max(one.hi_s for one in proven)


# --- and the verdicts that follow ---------------------------------------------------------------------------------------

WORLD = World()
TRUST = WORLD.trust()


def shown(clock: SystemClock, cose: bytes) -> Reason:
    verifier = RememberingVerifier("1", witness=witness_for(clock))
    return verifier(Scan(text(cose), "test", 0.0, reads=2), TRUST, clock.moment(), POLICE).reason


@pytest.mark.parametrize("step_s", [-400 * DAY_S, -61.0, 61.0, 400 * DAY_S])
@pytest.mark.parametrize("calls_itself_synced", [True, False])
def test_setting_the_system_clock_never_changes_a_verdict(step_s: float, calls_itself_synced: bool) -> None:
    for one in (reply(NOW), rtc(NOW)):
        clock, board = clock_with(one)
        codes = [(WORLD.live(made=NOW - 5), Reason.VALID), (WORLD.live(made=NOW - 90), Reason.CODE_STALE)]
        assert [shown(clock, cose) for cose, _ in codes] == [reason for _, reason in codes]
        board.syncs(NOW + step_s)
        if not calls_itself_synced:
            board.reading = replace(board.reading, kernel_error_s=None)
        assert [shown(clock, cose) for cose, _ in codes] == [reason for _, reason in codes]


def test_without_a_clock_a_live_code_is_not_trusted_and_its_signature_is_still_told() -> None:
    clock, _ = clock_with()
    verifier = RememberingVerifier("1")
    scan = Scan(text(WORLD.live(made=NOW - 5)), "test", 0.0, reads=2)
    verdict = verifier(scan, TRUST, clock.moment(), POLICE)
    assert verdict.reason is Reason.CLOCK_NOT_TRUSTED
    assert Check(CheckName.SIGNATURE, Outcome.GOOD) in verdict.checks


def test_a_server_made_code_that_was_scanned_raises_the_floor_and_a_phones_does_not() -> None:
    clock, _ = clock_with()
    shown(clock, WORLD.live(made=NOW))
    assert clock.floor_s == BUILD_FLOOR_S
    shown(clock, WORLD.server_live(made=NOW))
    assert clock.floor_s == NOW - ISSUER_ERROR_S


def test_a_code_on_paper_says_nothing_about_the_time() -> None:
    clock, _ = clock_with()
    shown(clock, WORLD.credential())
    assert clock.floor_s == BUILD_FLOOR_S
