"""Keys, recall, details, light and torch: what a person does beside showing codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from firmware.browse import ASKED_S, FIRST_DAY, KEPT, RECALL_S, TORCH_S
from firmware.events import (
    Decide,
    Effect,
    Judge,
    Lighten,
    Play,
    Show,
    ShowIdle,
    ShowLines,
    ShowStopping,
    StopAsked,
    SwitchTorch,
    Tell,
)
from firmware.machine import step
from firmware.model import (
    Check,
    CheckName,
    Facts,
    Family,
    Key,
    KeyPress,
    Kind,
    Light,
    Outcome,
    Reason,
    ScannerDown,
    Signal,
    Unread,
    Verdict,
    Word,
)
from firmware.profiles import load_profile
from tests.test_machine import REVOKED, VALID, Desk, only, reasons

NEXT, MODE = KeyPress(Key.NEXT), KeyPress(Key.MODE)
LONG_NEXT = KeyPress(Key.NEXT, long=True)


def shown(effects: list[Effect]) -> list[str]:
    """What is drawn, in words."""
    said = []
    for effect in effects:
        if isinstance(effect, Show):
            said.append(f"{effect.notice.headline} {effect.notice.detail} {effect.notice.footer}")
        elif isinstance(effect, ShowLines):
            said.append(" / ".join(effect.lines))
        elif isinstance(effect, ShowIdle):
            said.append("idle")
    return said


def car(number: int) -> Verdict:
    return replace(VALID, facts=Facts(kind=Kind.INSPECTION_MARK, plate=f"京A1234{number}"))


def test_twenty_cars_need_no_key() -> None:
    desk = Desk().ready()
    effects = [effect for n in range(20) for effect in desk.show(b"car %d" % n, VALID) + desk.wait(1.0)]
    assert reasons(effects) == [Reason.VALID] * 20
    assert len(only(Decide, effects)) == 20


def test_next_goes_back_through_the_last_five_and_then_to_idle() -> None:
    desk = Desk().ready()
    for n in range(7):
        desk.show(b"car %d" % n, car(n))
        desk.wait(1.0)
    desk.wait(10.0)
    pages = [shown(desk.feed(NEXT)) for _ in range(KEPT + 1)]
    assert ["京A12346" in page[0] for page in pages] == [True, False, False, False, False, False]
    assert [page[0].rsplit(" ", 1)[1] for page in pages[:KEPT]] == ["1/5", "2/5", "3/5", "4/5", "5/5"]
    assert "京A12342" in pages[KEPT - 1][0]
    assert pages[KEPT] == ["idle"]


def test_next_while_a_verdict_stands_shows_the_one_before_it() -> None:
    desk = Desk().ready()
    desk.show(b"1", car(1))
    desk.wait(1.0)
    desk.show(b"2", car(2))
    effects = desk.feed(NEXT)
    assert "京A12341" in shown(effects)[0]
    assert only(Play, effects) == [Play(Signal())]


def test_a_look_back_says_how_old_it_is_and_never_moves_the_barrier_or_sounds() -> None:
    desk = Desk().ready()
    desk.show(b"1", car(1))
    desk.wait(12.0)
    effects = desk.feed(NEXT)
    notice = only(Show, effects)[0].notice
    assert notice.recalled
    assert notice.footer == "12秒前的结果 1/1"
    assert not only(Decide, effects)
    assert [play.signal for play in only(Play, effects)] in ([], [Signal()])


def test_a_look_back_ends_by_itself_and_at_once_when_a_code_comes() -> None:
    desk = Desk(hold_s=6.0).ready()
    desk.show(b"1", car(1))
    desk.wait(7.0)
    desk.feed(NEXT)
    assert shown(desk.wait(5.8)) == []
    assert shown(desk.wait(0.4)) == ["idle"]
    desk.feed(NEXT)
    assert not only(Show, desk.show(b"2", REVOKED))[0].notice.recalled
    assert "idle" in shown(desk.wait(7.0))


def test_with_nothing_to_look_back_at_next_changes_nothing() -> None:
    assert shown(Desk().ready().feed(NEXT)) == []


def test_a_verdict_of_more_than_an_hour_ago_is_not_brought_back() -> None:
    desk = Desk().ready()
    desk.show(b"1", car(1))
    desk.now_s += RECALL_S + 1
    desk.alive()
    assert shown(desk.feed(NEXT)) == []
    assert desk.state.kept == ()


def test_advice_on_a_code_that_was_not_read_is_not_kept() -> None:
    desk = Desk().ready()
    desk.feed(Unread(Word.TOO_DARK, desk.now_s))
    assert desk.state.kept == ()


def test_mode_says_more_about_the_verdict_that_stands_page_by_page_and_then_shows_it_again() -> None:
    checks = tuple(Check(name, Outcome.UNKNOWN, Reason.DATA_TOO_OLD, Word.LIST_OLD) for name in CheckName)
    facts = Facts(kind=Kind.INSPECTION_MARK, plate="京A12345", issuer="北京交管")
    desk = Desk().ready()
    desk.show(b"1", Verdict(Family.UNSURE, Reason.DATA_TOO_OLD, checks=checks, facts=facts))
    first, second, third, again = (shown(desk.feed(MODE))[0] for _ in range(4))
    assert first.startswith("检验标志 / 京A12345 / 签发: 北京交管")
    assert "签名: 不明" in first + second
    assert third.endswith("data too old")
    assert again.startswith("待联网")


def test_mode_while_idle_tells_who_the_terminal_is_and_how_old_its_data_are() -> None:
    desk = Desk(name="post-7", lane="2", version="1.2.3").ready()
    (page,) = shown(desk.feed(MODE))
    assert page.startswith("post-7 2号道 / police 版本1.2.3 / 密钥表 4 / 名单3小时前 校时±1秒")
    assert shown(desk.feed(MODE)) == ["idle"]


def test_the_page_of_a_wanted_vehicle_is_that_of_one_to_look_up_online() -> None:
    """The defect it stops: a bystander reads on the second page what the first one hid."""
    facts = Facts(kind=Kind.VEHICLE_LICENCE, plate="京A12345")
    seen = []
    for reason, outcome in ((Reason.WANTED, Outcome.BAD), (Reason.CANNOT_TELL, Outcome.UNKNOWN)):
        word = Word.LOOK_UP_ONLINE if reason is Reason.CANNOT_TELL else None
        checks = (Check(CheckName.STATUS, outcome, reason, word),)
        desk = Desk().ready()
        desk.show(b"1", Verdict(reason.family, reason, checks=checks, facts=replace(facts, word=word)))
        seen.append(shown(desk.feed(MODE)))
    assert seen[0] == seen[1]


def test_a_post_that_shows_plate_tails_only_names_nobody_on_its_pages() -> None:
    facts = Facts(kind=Kind.DELEGATED_VEHICLE_LICENCE, plate="京A12345", grantee="李*", purpose="通行", name="王*")
    desk = Desk(profile=load_profile("gate")).ready()
    desk.show(b"1", replace(VALID, facts=facts))
    page = " ".join(shown(desk.feed(MODE)))
    assert "345" in page
    assert not [secret for secret in ("京A12345", "李", "王") if secret in page]


def test_a_quiet_screen_dims_and_then_goes_dark_and_stays_so() -> None:
    desk = Desk(dim_s=30.0, sleep_s=300.0).ready()
    assert only(Lighten, desk.wait(29.0)) == []
    assert only(Lighten, desk.wait(2.0)) == [Lighten(Light.DIM)]
    asked = desk.wait(300.0)
    assert only(Lighten, asked) == [Lighten(Light.DARK)]
    assert shown(desk.wait(180.0)) == []


def test_a_code_in_view_wakes_the_screen_with_its_verdict() -> None:
    desk = Desk(dim_s=30.0, sleep_s=300.0).ready()
    desk.wait(301.0)
    effects = desk.show(b"1", VALID)
    assert Lighten(Light.FULL) in effects
    assert len(only(Show, effects)) == 1
    assert shown(desk.wait(7.0)) == ["idle"]


def test_the_press_that_wakes_the_screen_does_nothing_else() -> None:
    desk = Desk(dim_s=30.0, sleep_s=300.0).ready()
    desk.show(b"1", VALID)
    desk.wait(310.0)
    effects = desk.feed(MODE)
    assert Lighten(Light.FULL) in effects
    assert shown(effects) == ["idle"]
    assert "检验标志" not in "".join(shown(desk.feed(NEXT)))
    assert desk.state.page is not None


def test_a_press_on_a_dimmed_screen_counts() -> None:
    desk = Desk(dim_s=30.0, sleep_s=300.0).ready()
    desk.show(b"1", VALID)
    desk.wait(60.0)
    assert "有效" in shown(desk.feed(NEXT))[0]


def test_a_fault_is_shown_on_a_screen_that_slept_and_is_not_put_to_sleep() -> None:
    desk = Desk(dim_s=30.0, sleep_s=300.0, give_up_s=900.0).ready()
    desk.wait(310.0)
    effects = desk.feed(ScannerDown("it died", desk.now_s, 1))
    assert Lighten(Light.FULL) in effects
    assert "停用" in shown(effects)[0]
    assert Lighten(Light.DARK) not in desk.wait(400.0, frames=False)


def test_a_terminal_without_times_for_it_never_dims() -> None:
    assert only(Lighten, Desk().ready().wait(1000.0)) == []


def test_a_long_press_switches_the_torch_and_a_second_one_switches_it_off() -> None:
    desk = Desk().ready()
    assert only(SwitchTorch, desk.feed(LONG_NEXT)) == [SwitchTorch(True)]
    assert only(SwitchTorch, desk.feed(LONG_NEXT)) == [SwitchTorch(False)]


def test_a_torch_that_was_forgotten_goes_out() -> None:
    desk = Desk().ready()
    desk.feed(LONG_NEXT)
    assert only(SwitchTorch, desk.wait(TORCH_S - 1)) == []
    assert only(SwitchTorch, desk.wait(2.0)) == [SwitchTorch(False)]


@pytest.mark.parametrize("key", [NEXT, MODE, LONG_NEXT, KeyPress(Key.MODE, long=True)])
def test_no_key_moves_the_barrier_or_makes_a_verdict(key: KeyPress) -> None:
    desk = Desk().ready()
    desk.show(b"1", VALID)
    for _ in range(6):
        effects = desk.feed(key)
        assert not only(Decide, effects)
        assert reasons(effects) == []


def test_the_last_screen_says_that_the_terminal_is_being_switched_off() -> None:
    _, effects = step(Desk().ready().state, StopAsked())
    assert isinstance(effects[0], ShowStopping)


INSURER = load_profile("insurer")


def insurer() -> Desk:
    return Desk(profile=INSURER).ready()


def asked(effects: list[Effect]) -> list[date | None]:
    return [effect.asked for effect in only(Judge, effects)]


def test_an_insurer_chooses_the_day_of_the_accident_with_two_keys() -> None:
    desk = insurer()
    assert "2026-06-12 今天" in shown(desk.feed(MODE))[0]
    assert "2026-06-11 当日" in shown(desk.feed(NEXT))[0]
    assert "2026-06-01 当日" in shown(desk.feed(LONG_NEXT))[0]
    effects = desk.feed(MODE)
    assert Tell("asked-day", (("day", "2026-06-01"),)) in effects
    assert only(ShowIdle, effects)[0].idle.asked == "06-01"
    assert asked(desk.show(b"1", VALID)) == [date(2026, 6, 1)]


def test_choosing_today_asks_about_now_again() -> None:
    desk = insurer()
    for key in (MODE, NEXT, MODE, MODE):
        desk.feed(key)
    assert desk.state.asked == date(2026, 6, 11)
    desk.wait(30.0)
    for key in (MODE,):
        assert "2026-06-11 当日" in shown(desk.feed(key))[0]
    desk.wait(30.0)
    assert desk.state.page is None
    assert desk.state.asked == date(2026, 6, 11), "a page that was left changes nothing"


def test_an_answer_for_a_day_in_the_past_never_moves_the_barrier() -> None:
    """The defect it stops: an insurer's question about yesterday opens today's gate."""
    desk = insurer()
    for key in (MODE, NEXT, MODE):
        desk.feed(key)
    past = replace(VALID, facts=replace(VALID.facts, asked=date(2026, 6, 11)))
    effects = desk.show(b"1", past)
    assert reasons(effects) == [Reason.VALID]
    assert not only(Decide, effects)
    assert only(Show, effects)[0].notice.asked == "06-11"


def test_a_day_that_was_chosen_is_given_up_when_nobody_is_there_any_more() -> None:
    desk = insurer()
    for key in (MODE, NEXT, MODE):
        desk.feed(key)
    desk.wait(ASKED_S - 60)
    assert desk.state.asked is not None
    effects = desk.wait(120.0)
    assert Tell("asked-day", (("day", None),)) in effects
    assert asked(desk.show(b"1", VALID)) == [None]


def test_no_day_before_the_first_can_be_chosen() -> None:
    desk = insurer()
    desk.feed(MODE)
    for _ in range(1200):
        desk.feed(LONG_NEXT)
    desk.feed(MODE)
    assert desk.state.asked == FIRST_DAY


def test_a_post_that_is_not_an_insurers_does_not_ask_for_days() -> None:
    desk = Desk().ready()
    desk.feed(MODE)
    desk.feed(NEXT)
    desk.feed(MODE)
    assert desk.state.asked is None
