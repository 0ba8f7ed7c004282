"""When a verdict gets a receipt, and when its code stands on the screen: the machine alone, without a disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from firmware.config import ConfigError, Flag, load_config, receipts_folder
from firmware.events import MakeReceipt, ReceiptMade, Record, Show, ShowLines, Tell
from firmware.model import Facts, Family, Key, KeyPress, Reason, Unread, Verdict, Word
from firmware.presenting import RECEIPT_AFTER_S
from firmware.profiles import load_profile
from firmware.receipt_fitting import require_receipts_allowed
from tests.test_machine import REVOKED, VALID, Desk, only

CODE = "4K7Q2M9X"
RETRY = Verdict(Family.RETRY, Reason.NOT_A_CREDENTIAL)


def desk(**settings: object) -> Desk:
    return Desk(receipts=True, **settings).ready()


def footers(effects) -> list[str]:
    return [effect.notice.footer for effect in only(Show, effects)]


def test_what_to_do_stands_before_the_code_of_the_receipt() -> None:
    terminal = desk()
    shown = terminal.show(b"x", VALID)
    made = terminal.feed(ReceiptMade(VALID, CODE))
    assert only(Show, made) == []
    assert only(Tell, made) == [Tell("receipt", (("code", CODE),))]
    assert footers(terminal.wait(RECEIPT_AFTER_S - 0.5)) == []
    assert footers(terminal.wait(1.0)) == ["回执 4K7Q 2M9X"]
    assert footers(terminal.wait(1.0)) == [], "said once"
    assert "回执" not in footers(shown)[0]


def test_a_receipt_that_comes_late_is_shown_at_once() -> None:
    terminal = desk()
    terminal.show(b"x", VALID)
    terminal.wait(RECEIPT_AFTER_S + 1)
    assert footers(terminal.feed(ReceiptMade(VALID, CODE))) == ["回执 4K7Q 2M9X"]


def test_the_shortest_time_of_a_verdict_has_room_for_the_code_too() -> None:
    terminal = desk(hold_s=2.0)
    terminal.show(b"x", VALID)
    terminal.feed(ReceiptMade(VALID, CODE))
    assert "回执 4K7Q 2M9X" in footers(terminal.wait(1.5))


def test_the_code_of_another_verdict_never_stands_under_this_one() -> None:
    """An equal verdict is still another one."""
    first, second = VALID, replace(VALID)
    assert first == second
    terminal = desk()
    terminal.show(b"x", first)
    terminal.show(b"y", second)
    terminal.feed(ReceiptMade(first, CODE))
    assert footers(terminal.wait(5.0)) == []
    assert terminal.state.kept[0].receipt == ""
    assert terminal.state.kept[1].receipt == CODE


def test_a_receipt_of_a_verdict_that_nobody_keeps_any_more_changes_nothing() -> None:
    terminal = desk()
    before = terminal.state
    terminal.feed(ReceiptMade(VALID, CODE))
    assert terminal.state == before


def test_details_and_recall_say_the_code_also_when_it_comes_while_they_are_read() -> None:
    terminal = desk()
    terminal.show(b"x", VALID)
    before = terminal.feed(KeyPress(Key.MODE))
    assert only(ShowLines, before)[0].lines[0] != "回执 4K7Q 2M9X"
    assert only(ShowLines, terminal.feed(ReceiptMade(VALID, CODE)))[0].lines[0] == "回执 4K7Q 2M9X"
    terminal.wait(10.0)
    assert footers(terminal.feed(KeyPress(Key.NEXT))) == ["回执 4K7Q 2M9X 1/1"]


@pytest.mark.parametrize(("verdict", "receipts"), [(VALID, 1), (REVOKED, 1), (RETRY, 0)], ids=["go", "stop", "retry"])
def test_advice_has_no_receipt_and_every_judged_code_has_one(verdict: Verdict, receipts: int) -> None:
    effects = desk().show(b"x", verdict)
    assert [effect.payload for effect in only(MakeReceipt, effects)] == [b"x"] * receipts
    assert len(only(Record, effects)) == 1


def test_a_code_that_nobody_could_read_has_no_receipt() -> None:
    terminal = desk()
    effects = terminal.feed(Unread(Word.BLURRED, terminal.now_s))
    assert only(MakeReceipt, effects) == []


def test_a_bad_first_read_that_came_to_nothing_has_no_receipt() -> None:
    bad = Verdict(Family.RETRY, Reason.UNREADABLE, facts=Facts(word=Word.READS_DIFFER))
    terminal = desk()
    effects = [*terminal.show(b"x", bad), *terminal.wait(2.0)]
    assert len(only(Record, effects)) == 1
    assert only(MakeReceipt, effects) == []


def test_receipts_are_off_unless_they_are_switched_on() -> None:
    assert only(MakeReceipt, Desk().ready().show(b"x", VALID)) == []


@pytest.mark.parametrize(("post", "allowed"), [("insurer", True), ("dealer", True), ("police", False), ("gate", False)])
def test_a_post_whose_screen_keeps_something_back_makes_no_receipts_that_would_tell_it(
    tmp_path: Path, post: str, allowed: bool
) -> None:
    flags = [Flag("receipts.made", "true", "test"), Flag("terminal.profile", post, "test")]
    config = load_config(etc=tmp_path, flags=flags).config
    if allowed:
        require_receipts_allowed(config, load_profile(post))
        return
    with pytest.raises(ConfigError, match="keeps to itself"):
        require_receipts_allowed(config, load_profile(post))


def test_receipts_lie_where_no_other_user_sees_them(tmp_path: Path) -> None:
    """The sync's users may not look into the ledger's folder (their units say so), and the receipts lie inside it."""
    config = load_config(etc=tmp_path, flags=[Flag("terminal.environment", "production", "test")]).config
    assert receipts_folder(config) == Path("/var/lib/yanma/ledger/receipts")
    for unit in (Path(__file__).parents[1] / "systemd").glob("yanma-*.service"):
        hidden = [line for line in unit.read_text().splitlines() if line.startswith("InaccessiblePaths=")]
        if not unit.name.startswith("yanma-terminal"):
            assert any("/var/lib/yanma/ledger" in line or line.endswith("-/var/lib/yanma") for line in hidden), (
                unit.name
            )
