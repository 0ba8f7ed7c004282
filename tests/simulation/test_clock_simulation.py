"""The simulation finds nothing wrong, and would find it: each guard that is taken away lets an attack through."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bench import clock_simulation, simulated_time
from bench.clock_simulation import by_width, simulate
from bench.simulated_checks import Attack, Shown
from bench.simulated_codes import Codes, make_codes
from bench.simulated_time import Fits, Life, lives
from firmware.clock import Sample, SystemClock
from firmware.time_sources import ds3231, reply
from firmware.verify.timereply import TimeReply

CHECKS = 1000


@pytest.fixture(scope="module")
def codes() -> Codes:
    return make_codes(random.Random(5))


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def only(attack: Attack, monkeypatch: pytest.MonkeyPatch, **fits: bool) -> None:
    """Every life is attacked in this one way, and fitted so that it matters."""

    def made(codes: Codes, chance: random.Random, folder: object, *, heard_alone: bool) -> Iterator[Life]:
        for life in lives(codes, chance, folder, heard_alone=heard_alone):  # type: ignore[arg-type]
            life.attack, life.fits = (
                attack,
                Fits(**({"rtc": False, "server": False, "gnss": False, "ntp": False} | fits)),
            )
            yield life

    monkeypatch.setattr(clock_simulation, "lives", made)


def wrong(codes: Codes, checks: int = CHECKS, *, heard_alone: bool = False, seed: int = 11) -> list[Shown]:
    chance = random.Random(seed)
    return [shown for shown in simulate(codes, checks, chance, heard_alone=heard_alone) if shown.wrong]


def outside(codes: Codes, checks: int = CHECKS) -> list[Shown]:
    """Where true time did not lie within what the clock said."""
    return [
        shown
        for shown in simulate(codes, checks, random.Random(12), heard_alone=False)
        if not shown.moment.lo_s - 0.01 <= shown.true_s <= shown.moment.hi_s + 0.01
    ]


def test_no_attack_turns_an_old_code_into_a_pass_or_a_fresh_one_into_a_refusal(codes: Codes) -> None:
    assert wrong(codes, 3000) == []


def test_truth_is_always_inside_the_interval(codes: Codes) -> None:
    assert outside(codes) == []


def test_a_good_share_of_honest_codes_is_decided_where_time_is_proven(
    codes: Codes, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(Attack.NONE, monkeypatch, rtc=True, server=True)
    honest = [shown for shown in simulate(codes, CHECKS, random.Random(13), heard_alone=False) if shown.good]
    assert sum(shown.decided for shown in honest) > 0.6 * len(honest)


def test_believing_gnss_alone_would_be_noticed(codes: Codes, monkeypatch: pytest.MonkeyPatch) -> None:
    only(Attack.SPOOFED_GNSS, monkeypatch, gnss=True)
    assert wrong(codes, heard_alone=False) == []
    assert wrong(codes, heard_alone=True)


def test_believing_an_exchanged_clock_chip_would_be_noticed(codes: Codes, monkeypatch: pytest.MonkeyPatch) -> None:
    only(Attack.FAST_RTC, monkeypatch, rtc=True, server=True)
    assert wrong(codes) == []
    real = ds3231.read

    def without_tag(bus: ds3231.Bus, address: int = ds3231.ADDRESS) -> ds3231.RtcReading:
        own = getattr(bus, "mutant_tag", None)
        reading = real(bus, address)
        return replace(reading, stopped=False, tag=own) if own else reading

    set_by = simulated_time.Chip.set_by_somebody

    def keep_tag(chip: simulated_time.Chip, utc_s: int) -> None:
        set_by(chip, utc_s)
        chip.mutant_tag = TAG[0]  # type: ignore[attr-defined]

    TAG: list[str] = []
    write = ds3231.write

    def remember_tag(bus: ds3231.Bus, utc_s: int, tag: str, address: int = ds3231.ADDRESS) -> None:
        TAG[:] = [tag]
        write(bus, utc_s, tag, address)

    monkeypatch.setattr(ds3231, "read", without_tag)
    monkeypatch.setattr(ds3231, "write", remember_tag)
    monkeypatch.setattr(simulated_time.Chip, "set_by_somebody", keep_tag)
    TAG[:] = ["00000000000000"]
    assert wrong(codes)


def test_believing_a_reply_to_another_question_would_be_noticed(codes: Codes, monkeypatch: pytest.MonkeyPatch) -> None:
    only(Attack.OLD_REPLIES, monkeypatch, server=True)
    assert wrong(codes) == []
    assert outside(codes) == []
    real = reply.read_time_reply
    source: list[reply.ReplySource] = []
    ask = reply.ReplySource._ask

    def remember(self: reply.ReplySource, now_s: float) -> None:
        ask(self, now_s)
        source[:] = [self]

    def any_nonce(data: bytes, keys: object) -> TimeReply:
        return replace(real(data, keys), nonce=source[0]._questions[-1].nonce)  # type: ignore[arg-type]

    monkeypatch.setattr(reply.ReplySource, "_ask", remember)
    monkeypatch.setattr(reply, "read_time_reply", any_nonce)
    monkeypatch.setattr(simulated_time.Memory, "load", lambda self: None)  # the floor alone would stop most of them
    assert wrong(codes)


def test_a_crystal_that_is_trusted_too_much_would_be_noticed(codes: Codes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sample, "at", lambda self, steady_s: _moved(self, steady_s))
    assert outside(codes)


def _moved(sample: Sample, steady_s: float) -> Sample:
    elapsed_s = max(0.0, steady_s - sample.steady_s)
    return replace(
        sample, lo_s=sample.lo_s + elapsed_s, hi_s=sample.hi_s + elapsed_s, steady_s=max(steady_s, sample.steady_s)
    )


def test_one_fast_phone_that_raised_the_floor_would_be_noticed(codes: Codes, monkeypatch: pytest.MonkeyPatch) -> None:
    only(Attack.FAST_PHONE, monkeypatch, rtc=True, server=True)
    assert wrong(codes) == []
    assert outside(codes, 600) == []
    monkeypatch.setattr(SystemClock, "hear_code", lambda self, holder, made_s: self.raise_floor(made_s))
    assert outside(codes, 600)


def test_the_shares_by_width_are_those_of_the_decision() -> None:
    rows = {row["half-width s"]: row for row in by_width(random.Random(1))}
    assert float(rows[10.0]["half of each %"]) == pytest.approx(91, abs=1)
    assert rows[2.0]["made by a phone %"] == 100.0
    assert rows[31.0]["half of each %"] == 0.0
