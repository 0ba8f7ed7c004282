"""A terminal in simulated time, for bench.clock_simulation: the real clock, sources and verifier; only the world is played.

The world knows true time. The terminal has a crystal that drifts, reboots, a DS3231 whose battery may die or that somebody
exchanges, a network that is sometimes there, and an adversary. `Life.check` shows it a code, and says what an oracle would say.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.simulated_checks import Attack, Shown
from bench.simulated_codes import DAY_S, HOLDERS, START_S, Codes
from firmware.clock import Rank, Reading, Sample, SystemClock
from firmware.model import Kind, Profile, Scan, Way
from firmware.remember import RememberingVerifier
from firmware.time_sources.reply import REQUEST_NAME, ReplySource, reply_name
from firmware.time_sources.rtc import RtcSource, SettingFile
from firmware.time_sources.simulated import Chip
from firmware.time_sources.witness import witness_for
from issuer.timekeeper import time_reply

HOUR_S: Final = 3_600.0
LIFE_S: Final = 60.0
ALLOWANCE_S: Final = 15.0
#: Rounding of floats, and of a code's instants to whole seconds.
EDGE_S: Final = 0.01
BOOT: Final = "simulated"

#: Data never grows old here: the question is the clock.
PROFILE: Final = Profile(
    name="simulation",
    accepts=((Kind.INSPECTION_MARK, (Way.LIVE,)),),
    asks_for=Kind.INSPECTION_MARK,
    status_warn_s=4000 * DAY_S,
    status_unsure_s=4000 * DAY_S,
    phone_allowance_s=ALLOWANCE_S,
    notice_days=0,
)


@dataclass(slots=True)
class Memory:
    """The floor on the card."""

    floor_s: float | None = None

    def load(self) -> float | None:
        return self.floor_s

    def save(self, floor_s: float) -> None:
        self.floor_s = floor_s


@dataclass(slots=True)
class Fits:
    """What is fitted in this life."""

    rtc: bool
    server: bool
    gnss: bool
    ntp: bool
    heard_alone: bool = False


@dataclass(slots=True)
class Life:
    """One terminal over some weeks. `shown` is made by `run`."""

    codes: Codes
    chance: random.Random
    folder: Path
    fits: Fits
    attack: Attack
    true_s: float = START_S + 1000.0
    booted_s: float = 0.0
    ppm: float = 0.0
    system_error_s: float = 0.0
    synced: bool = False
    memory: Memory = field(default_factory=Memory)
    recorded: list[tuple[bool, int, int, bytes]] = field(default_factory=list)
    old_reply: str = ""
    clock: SystemClock = field(init=False)
    chip: Chip = field(init=False)
    reply: ReplySource = field(init=False)
    rtc: RtcSource = field(init=False)
    verify: RememberingVerifier = field(init=False)
    lie_s: float = 0.0

    def __post_init__(self) -> None:
        self.chip = Chip(lambda: self.true_s, self.chance.uniform(-5, 5))
        self.lie_s = self.chance.choice((-1, 1)) * 10 ** self.chance.uniform(1.5, 5.5)
        self.boot(off_s=0.0)

    # the terminal

    def steady(self) -> float:
        return (self.true_s - self.booted_s) * (1 + self.ppm / 1e6)

    def read(self) -> Reading:
        """The host's clocks: what the system clock says has nothing to do with true time unless NTP is there."""
        return Reading(self.true_s + self.system_error_s, self.steady(), 0.05 if self.synced else math.inf)

    def boot(self, off_s: float) -> None:
        self.true_s += off_s
        self.booted_s = self.true_s - 20.0
        self.ppm = self.chance.uniform(-100, 100)
        self.system_error_s, self.synced = self.chance.choice((-off_s, -self.true_s + 60.0)), False
        self.clock = SystemClock(self, self.memory, trust_system=False, heard_alone=self.fits.heard_alone)
        self.clock.raise_floor(float(self.codes.trust.newest_issued_s))
        self.rtc = RtcSource(lambda: self.chip, SettingFile(self.folder / "rtc.json"), steady=self.steady)
        self.reply = ReplySource(
            "1", self.folder, self.folder, lambda: self.codes.trust.keys, self.steady, lambda: BOOT
        )
        self.verify = RememberingVerifier("1", witness=witness_for(self.clock))
        (self.folder / reply_name("1")).unlink(missing_ok=True)
        self.poll()

    def poll(self) -> None:
        if self.fits.rtc:
            heard = self.rtc.poll(self.clock.proven)
            if heard.sample is not None:
                self.clock.offer(heard.sample, anew=heard.anew)
        heard = self.reply.poll(None)
        if heard.sample is not None:
            self.clock.offer(heard.sample)

    def ask_server(self) -> None:
        """A way to the server and back of up to three seconds; somebody may put another paper in the place of the reply."""
        self.poll()
        nonce = bytes.fromhex(json.loads((self.folder / REQUEST_NAME).read_text())["nonce"])
        sent_s = self.steady()
        self.true_s += self.chance.uniform(0.02, 1.5)
        radius_s = self.chance.choice((0.05, 0.5, 2.0))
        error_s = self.chance.uniform(-radius_s, radius_s)
        signer = self.codes.timekeeper
        if self.attack is Attack.OWN_REPLIES:
            signer = self.codes.phones[0][0]
            error_s = self.lie_s
        cose = time_reply(signer, nonce, self.true_s + error_s, radius_s).hex()
        if self.attack is Attack.OLD_REPLIES and self.old_reply:
            cose = self.old_reply
        self.true_s += self.chance.uniform(0.02, 1.5)
        fields = {"boot_id": BOOT, "cose": cose, "sent_s": sent_s, "received_s": self.steady()}
        self.old_reply = cose
        (self.folder / reply_name("1")).write_text(json.dumps(fields))
        self.true_s += self.chance.uniform(0.0, 2.0)
        self.poll()

    # the world

    def happen(self) -> None:
        """Time passes, and something may happen."""
        chance = self.chance
        if chance.random() < 0.06:
            self.memory.floor_s = self.clock.floor_s  # within ten minutes, or with a record
            self.boot(off_s=chance.choice((30.0, HOUR_S, DAY_S, 10 * DAY_S)) * chance.uniform(0.1, 2))
        self.true_s += chance.choice((2.0, 30.0, 600.0, 4 * HOUR_S)) * chance.uniform(0.1, 2)
        if self.fits.server and chance.random() < 0.15:
            self.ask_server()
        if self.fits.ntp and chance.random() < 0.3:
            lie_s = self.lie_s if self.attack is Attack.SPOOFED_NTP else 0.0
            self.system_error_s, self.synced = lie_s + chance.uniform(-0.02, 0.02), True
        elif chance.random() < 0.2:
            self.synced = False
        if self.fits.gnss and chance.random() < 0.3:
            lie_s = self.lie_s if self.attack is Attack.SPOOFED_GNSS else 0.0
            late_s = chance.uniform(0.0, 2.0)
            at_s = self.true_s + lie_s - late_s + 1.0
            self.clock.offer(Sample.around("gnss", Rank.HEARD, at_s, 1.005, self.steady()))
        if chance.random() < 0.05:
            self.strike()
        self.poll()

    def strike(self) -> None:
        match self.attack:
            case Attack.SYSTEM_CLOCK:
                self.system_error_s = self.chance.uniform(-400, 400) * DAY_S
            case Attack.DEAD_RTC:
                self.chip.lose_battery()
            case Attack.FAST_RTC:
                self.chip = Chip(lambda: self.true_s)
                self.chip.set_by_somebody(int(self.true_s + DAY_S))
            case Attack.FAST_PHONE:
                for _ in range(self.chance.randint(1, 8)):
                    ahead_s = self.chance.choice((20.0, HOUR_S, 100 * DAY_S))
                    self.show(by_phone=True, holder=0, made_s=int(self.true_s + ahead_s))
            case _:
                return

    # codes

    def show(self, *, by_phone: bool, holder: int, made_s: int, nonce: bytes = b"") -> Shown:
        nonce = nonce or self.chance.randbytes(8)
        text = self.codes.by_phone(holder, made_s, nonce) if by_phone else self.codes.by_server(made_s, nonce)
        self.recorded.append((by_phone, holder, made_s, nonce))
        self.true_s += self.chance.uniform(0.0, 0.05)
        moment = self.clock.moment()
        verdict = self.verify(Scan(text, "simulation", 0.0, reads=2), self.codes.trust, moment, PROFILE)
        late_s = ALLOWANCE_S if by_phone else 0.0
        early_s = max(2.0, late_s)
        stale = self.true_s > made_s + LIFE_S + late_s + EDGE_S
        early = self.true_s < made_s - early_s - EDGE_S
        return Shown(self.attack, by_phone, stale, early, verdict, moment, self.true_s)

    def check(self) -> Shown:
        """One code: fresh and honest for a half, else kept too long, replayed, or of a phone whose clock is wrong."""
        chance = self.chance
        by_phone = chance.random() < 0.6
        holder = chance.randrange(HOLDERS)
        if chance.random() < 0.5:
            age_s = chance.uniform(0.0, LIFE_S - 1.0)
            error_s = max(-10.0, min(10.0, chance.gauss(0, 2))) if by_phone else chance.uniform(-0.5, 0.5)
            return self.show(by_phone=by_phone, holder=holder, made_s=math.floor(self.true_s - age_s + error_s))
        if self.recorded and (self.attack is Attack.OLD_CODES or chance.random() < 0.4):
            again = chance.choice(self.recorded[-60:])
            return self.show(by_phone=again[0], holder=again[1], made_s=again[2], nonce=again[3])
        age_s = chance.choice((62.0, 80.0, 200.0, HOUR_S, DAY_S)) * chance.uniform(0.9, 3)
        if by_phone and chance.random() < 0.3:
            age_s = -age_s
        return self.show(by_phone=by_phone, holder=holder, made_s=math.floor(self.true_s - age_s))

    def run(self, checks: int) -> Iterator[Shown]:
        for _ in range(checks):
            self.happen()
            yield self.check()


def lives(codes: Codes, chance: random.Random, folder: Path, *, heard_alone: bool) -> Iterator[Life]:
    """Terminals without end, each fitted and attacked at random."""
    while True:
        fits = Fits(
            rtc=chance.random() < 0.7,
            server=chance.random() < 0.6,
            gnss=chance.random() < 0.4,
            ntp=chance.random() < 0.5,
            heard_alone=heard_alone,
        )
        attack = chance.choice(tuple(Attack))
        if attack is Attack.SPOOFED_GNSS:
            fits.gnss = True
        if attack is Attack.SPOOFED_NTP:
            fits.ntp = True
        (folder / "rtc.json").unlink(missing_ok=True)
        yield Life(codes, chance, folder, fits, attack)
