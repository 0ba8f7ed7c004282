"""补报: after a sync the passes of the last day are looked up again; nobody's plate is needed for it, and none is kept."""

from __future__ import annotations

import gc
from dataclasses import replace

import pytest

from firmware import retro
from firmware.model import Family, Kind, Moment, Reason, Verdict
from firmware.retro import KEEP_S, SLICE, Late, Pass, Passes
from firmware.verify.trust import TrustView
from firmware.verify.wire import Claim, Field, Status
from tests.world import DRIVER, MARK, NOW, World, judge

MOMENT = Moment.exactly(NOW, 0.5)


class Time:
    steady_s = 5000.0

    def __call__(self) -> float:
        return self.steady_s


def passed(index: int = 5, cti: bytes = b"\x01" * 8) -> Verdict:
    return judge(World(), World().credential(MARK | {Field.STATUS: [11, index]}, claims={Claim.CTI: cti}))


def lists(states: dict[int, int]) -> TrustView:
    return World(states=states, status_issued=NOW - 60).trust()


def look(passes: Passes, trust: TrustView) -> tuple[Late, ...]:
    """One whole sweep."""
    passes.lists_changed()
    for _ in range(1 + len(passes) // SLICE):
        if found := passes.look(trust, MOMENT):
            return found
    return ()


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (Status.INVALID, Reason.REVOKED),
        (Status.SUSPENDED, Reason.SUSPENDED),
        (Status.OVERDUE, Reason.SUSPENDED),
        (Status.VALID, None),
        (Status.NOTICE, None),
        (Status.LOOK_UP_ONLINE, None),
    ],
)
def test_a_pass_that_a_newer_list_refuses_is_found(state: Status, reason: Reason | None) -> None:
    passes = Passes(Time())
    passes.note(passed(), NOW - 600)
    expected = () if reason is None else (Late(NOW - 600, Kind.INSPECTION_MARK, reason),)
    assert look(passes, lists({5: int(state)})) == expected


def test_it_is_told_once_and_a_document_that_passed_twice_counts_once() -> None:
    passes = Passes(Time())
    passes.note(passed(), NOW - 600)
    passes.note(passed(), NOW - 60)
    passes.note(passed(index=6, cti=b"\x02" * 8), NOW - 50)
    trust = lists({5: int(Status.INVALID)})
    assert [late.utc_s for late in look(passes, trust)] == [NOW - 60]
    assert look(passes, trust) == ()
    assert len(passes) == 1


def test_only_passes_are_kept() -> None:
    passes = Passes(Time())
    for verdict in (
        judge(World(states={5: 1}), World().credential()),
        Verdict(Family.RETRY, Reason.UNREADABLE),
        replace(passed(), identity=None),
        replace(passed(), family=Family.UNSURE),
    ):
        passes.note(verdict, NOW)
    assert len(passes) == 0


@pytest.mark.parametrize(("age_s", "found"), [(KEEP_S - 1, 1), (KEEP_S + 1, 0)])
def test_a_pass_is_kept_for_a_day(age_s: float, found: int) -> None:
    time = Time()
    passes = Passes(time)
    passes.note(passed(), NOW)
    time.steady_s += age_s
    assert len(look(passes, lists({5: 1}))) == found
    assert len(passes) == 0


def test_a_long_day_is_looked_through_in_slices_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retro, "PLACES", 3 * SLICE)
    passes = Passes(Time())
    verdict = passed()
    for _ in range(4 * SLICE):
        passes.note(verdict, NOW)
    assert len(passes) == 3 * SLICE
    trust = lists({})
    passes.lists_changed()
    passes.note(verdict, NOW)
    assert [passes.look(trust, MOMENT) for _ in range(3)] == [()] * 3
    assert len(passes) == 3 * SLICE


def test_a_sync_in_the_middle_of_a_sweep_begins_it_anew() -> None:
    passes = Passes(Time())
    for number in range(SLICE + 10):
        passes.note(passed(cti=number.to_bytes(8, "big")), NOW)
    passes.lists_changed()
    assert passes.look(lists({}), MOMENT) == ()
    assert len(look(passes, lists({5: 1}))) == SLICE + 10


def test_no_plate_no_name_and_no_id_is_kept() -> None:
    passes = Passes(Time())
    cti = b"\x07\x19credid"
    passes.note(passed(cti=cti), NOW)
    passes.note(judge(World(), World().live(World().credential(DRIVER))), NOW)
    kept = [item for item in gc.get_objects() if isinstance(item, Pass)] or list(passes._passes)
    text = repr(kept)
    assert len(passes) == 2
    assert "京A12345" not in text
    assert "王" not in text
    assert repr(cti)[2:-1] not in text


def test_without_new_lists_nothing_is_looked_up() -> None:
    passes = Passes(Time())
    passes.note(passed(), NOW)
    assert passes.look(lists({5: 1}), MOMENT) == ()
