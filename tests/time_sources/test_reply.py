"""Proven time: a signed reply to our own question, and every other paper that somebody may hand in instead."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from firmware.clock import FloorFile, Rank, Sample, SystemClock
from firmware.clock.host import Reading
from firmware.model import ClockLevel
from firmware.time_sources import handover
from firmware.time_sources.handover import MAX_AGE_S, HandedSource
from firmware.time_sources.poller import KEEP_FLOOR_EACH_S, TimePoller
from firmware.time_sources.reply import ASK_EACH_S, NONCE_LIFE_S, REQUEST_NAME, ReplySource, reply_name
from firmware.time_sources.source import Heard
from firmware.verify.timereply import MAX_RADIUS_MS, read_time_reply
from firmware.verify.trust import UntrustedError
from tests.world import NOW, Key, World, dumps, sign1

BOOT = "f1c3"
SERVER = Key.es256(7007)
WORLD = World(more_keys=[World().key_record(SERVER, ["time"])])
KEYS = WORLD.trust().keys
NONCE = bytes(range(16))


def signed(
    nonce: bytes, utc_s: float, key: Key = SERVER, type_: str = "application/yanma-time+cwt", **body: Any
) -> bytes:
    claims = {10: nonce, -70005: [round(utc_s * 1000), body.get("radius_ms", 100)]} | body.get("more", {})
    return sign1(key, {1: key.alg, 4: key.kid, 16: type_}, dumps(claims))


@dataclass
class Time:
    true_s: float = float(NOW)
    steady_s: float = 500.0

    def steady(self) -> float:
        return self.steady_s

    def pass_by(self, seconds: float) -> None:
        self.true_s += seconds
        self.steady_s += seconds


class Desk:
    """A terminal that asks, and a fetcher that answers as the test wants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.time = Time()
        self.source = ReplySource("entry", folder, folder, lambda: KEYS, self.time.steady, lambda: BOOT)

    def question(self) -> bytes:
        return bytes.fromhex(json.loads((self.folder / REQUEST_NAME).read_text())["nonce"])

    def hand_in(self, cose: bytes, sent_s: float, received_s: float, boot: str = BOOT) -> None:
        fields = {"boot_id": boot, "cose": cose.hex(), "sent_s": sent_s, "received_s": received_s}
        (self.folder / reply_name("entry")).write_text(json.dumps(fields))

    def answer(self, trip_s: float = 0.4) -> bytes:
        """A good reply, signed in the middle of the way."""
        sent_s = self.time.steady_s
        self.time.pass_by(trip_s / 2)
        cose = signed(self.question(), self.time.true_s)
        self.time.pass_by(trip_s / 2)
        self.hand_in(cose, sent_s, self.time.steady_s)
        return cose

    def poll(self) -> Heard:
        return self.source.poll(None)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    assert made.poll().sample is None
    return made


def test_a_reply_to_our_own_question_is_proven_within_half_the_way_and_the_radius(desk: Desk) -> None:
    desk.answer(trip_s=0.4)
    sample = desk.poll().sample
    assert sample is not None
    assert sample.rank is Rank.PROVEN
    assert sample.half_width_s == pytest.approx(0.3, abs=0.001)
    assert sample.lo_s <= desk.time.true_s <= sample.hi_s


def test_an_old_reply_that_is_handed_in_again_proves_nothing(desk: Desk) -> None:
    old = desk.answer()
    assert desk.poll().sample is not None
    desk.time.pass_by(3600.0)
    desk.poll()
    desk.hand_in(old, desk.time.steady_s - 0.2, desk.time.steady_s)
    again = Desk(desk.folder)  # a restart: no question of before is open
    again.time = desk.time
    assert again.poll().sample is None


def test_the_same_reply_is_believed_once(desk: Desk) -> None:
    desk.answer()
    first = desk.poll()
    desk.time.pass_by(5.0)
    assert desk.poll() == first


def test_a_question_that_was_open_for_too_long_is_answered_in_vain(desk: Desk) -> None:
    cose = signed(desk.question(), desk.time.true_s)
    sent_s = desk.time.steady_s
    desk.time.pass_by(NONCE_LIFE_S + 0.1)
    desk.hand_in(cose, sent_s, sent_s + 0.1)
    assert desk.poll().sample is None


def test_a_new_question_is_asked_every_ten_seconds(desk: Desk) -> None:
    first = desk.question()
    desk.time.pass_by(ASK_EACH_S - 0.1)
    desk.poll()
    assert desk.question() == first
    desk.time.pass_by(0.2)
    desk.poll()
    assert desk.question() != first
    assert (desk.folder / REQUEST_NAME).stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(("sent_s", "received_s"), [(-30.0, 0.0), (0.0, 60.0), (0.2, 0.1), (float("nan"), 0.0)])
def test_stamps_outside_the_life_of_the_question_are_refused(desk: Desk, sent_s: float, received_s: float) -> None:
    now_s = desk.time.steady_s
    desk.hand_in(signed(desk.question(), desk.time.true_s), now_s + sent_s, now_s + received_s)
    assert desk.poll().sample is None


def test_a_reply_of_another_boot_is_not_even_looked_at(desk: Desk) -> None:
    now_s = desk.time.steady_s
    desk.hand_in(signed(desk.question(), desk.time.true_s), now_s, now_s, boot="another")
    assert not desk.poll().present


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    source = ReplySource("1", tmp_path / "none", tmp_path, lambda: KEYS)
    assert "cannot be written" in source.poll(None).why


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "time reply"),
        (signed(NONCE, NOW, key=WORLD.issuer), "no key for time"),  # an issuer's key says nothing about time
        (signed(NONCE, NOW, key=Key.es256(8, kid=SERVER.kid)), "does not hold"),
        (signed(NONCE, NOW, type_="application/statuslist+cwt"), "another type"),
        (signed(NONCE, NOW + 500 * 86400), "outside the dates"),
        (signed(NONCE[:15], NOW), "not {nonce"),
        (signed(NONCE, NOW, more={6: 1}), "not {nonce"),
        (signed(NONCE, NOW, more={-70005: [1]}), "not {nonce"),
        (signed(NONCE, NOW, more={-70005: [True, 1]}), "not {nonce"),
        (signed(NONCE, NOW, radius_ms=MAX_RADIUS_MS + 1), "out of range"),
        (signed(NONCE, NOW) + b"\x00", "left over"),
    ],
)
def test_what_is_no_reply_is_refused_with_its_reason(data: bytes, why: str) -> None:
    with pytest.raises(UntrustedError, match=why):
        read_time_reply(data, KEYS)


def handed(folder: Path, **fields: Any) -> HandedSource:
    made = {"boot_id": BOOT, "steady_s": 100.0, "utc_s": float(NOW), "half_width_s": 0.5, "authenticated": True}
    (folder / "chrony.json").write_text(json.dumps(made | fields))
    return HandedSource("chrony", folder, proves=True, steady=lambda: 110.0, boot=lambda: BOOT)


def test_what_the_helper_knows_is_taken_with_its_stamp(tmp_path: Path) -> None:
    sample = handed(tmp_path).poll(None).sample
    assert sample == Sample.around("chrony", Rank.PROVEN, float(NOW), 0.5, 100.0)
    heard = handed(tmp_path, authenticated="yes").poll(None).sample
    assert heard is not None
    assert heard.rank is Rank.HEARD


def test_gnss_never_proves_whatever_the_file_says(tmp_path: Path) -> None:
    handed(tmp_path)
    (tmp_path / "chrony.json").rename(tmp_path / "gnss.json")
    sample = HandedSource("gnss", tmp_path, proves=False, steady=lambda: 110.0, boot=lambda: BOOT).poll(None).sample
    assert sample is not None
    assert sample.rank is Rank.HEARD


@pytest.mark.parametrize(
    "fields",
    [
        {"boot_id": "other"},
        {"boot_id": None},
        {"steady_s": 110.1},
        {"steady_s": 110.0 - MAX_AGE_S - 1},
        {"steady_s": "100"},
        {"utc_s": None, "why": "not synchronised"},
        {"half_width_s": -1},
        {"half_width_s": 1e300},
    ],
)
def test_a_file_of_another_time_or_form_gives_no_time(tmp_path: Path, fields: dict[str, Any]) -> None:
    assert handed(tmp_path, **fields).poll(None).sample is None


@pytest.mark.parametrize("text", ["", "{", "[]", "x" * 5000, "[" * 2000])
def test_a_torn_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    source = handed(tmp_path)
    (tmp_path / "chrony.json").write_text(text)
    assert not source.poll(None).present


def test_what_is_written_for_the_terminal_can_be_read_by_it(tmp_path: Path) -> None:
    handover.write_handover(tmp_path / "gnss.json", {"utc_s": 1.0})
    fields = handover.read_handover(tmp_path / "gnss.json", handover.boot_id())
    assert fields is not None
    assert fields["utc_s"] == 1.0
    assert (tmp_path / "gnss.json").stat().st_mode & 0o777 == 0o644


class Board:
    def read(self) -> Reading:
        return Reading(0.0, 100.0, None)


@dataclass
class Played:
    name: str
    heard: Heard

    def poll(self, proven: Sample | None) -> Heard:
        return self.heard


def test_the_poller_hands_every_new_sample_to_the_clock_once(tmp_path: Path) -> None:
    clock = SystemClock(Board(), FloorFile(tmp_path / "floor"), trust_system=False)
    sample = Sample.around("reply", Rank.PROVEN, float(NOW), 0.5, 100.0)
    poller = TimePoller(clock, [Played("reply", Heard(sample, "")), Played("rtc", Heard(None, "none", present=False))])
    poller.poll_once()
    poller.poll_once()
    assert clock.moment().level is ClockLevel.T3
    assert clock.moment().doubt_s == 0.5
    assert poller.heard["rtc"].why == "none"
    assert clock.proven == sample


def test_the_poller_keeps_a_floor_that_rose_every_ten_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock(Board(), FloorFile(tmp_path / "floor"), trust_system=False)
    poller = TimePoller(clock, [])
    clock.raise_floor(float(NOW))
    poller.poll_once()
    assert not (tmp_path / "floor").exists()
    later_s = time.monotonic() + KEEP_FLOOR_EACH_S
    monkeypatch.setattr(time, "monotonic", lambda: later_s)
    poller.poll_once()
    assert FloorFile(tmp_path / "floor").load() == float(NOW)


def test_the_poller_works_in_a_thread_of_its_own(tmp_path: Path) -> None:
    sample = Sample.around("reply", Rank.PROVEN, float(NOW), 0.5, 100.0)
    clock = SystemClock(Board(), trust_system=False)
    poller = TimePoller(clock, [Played("reply", Heard(sample, ""))], each_s=0.01)
    poller.start()
    until_s = time.monotonic() + 5
    while clock.moment().level is not ClockLevel.T3 and time.monotonic() < until_s:
        time.sleep(0.005)
    assert clock.moment().level is ClockLevel.T3
    assert poller.alive
    poller.close()
    assert not poller.alive
