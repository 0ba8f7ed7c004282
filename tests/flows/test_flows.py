"""Stories that a police officer or a gate keeper could follow, told to a whole terminal: one .txt file each.

Every line is one thing that happens or one thing that must be seen; `VERBS` is the whole language. See README.txt here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import chain, dropwhile
from pathlib import Path

import pytest

from firmware.ledger.device import open_device_key
from firmware.ledger.receipts.folder import find_code, verify_folder
from firmware.ledger.store import LedgerStore
from firmware.model import Key, KeyPress, Scan, ScannerDown, ScannerEvent, Signal
from firmware.profiles import load_profile
from firmware.remember import RememberingVerifier
from firmware.state import status_line
from firmware.verify.wire import Field, Status, Ways
from issuer.documents import vin_with_check
from tests.flows.theatre import STEP, TURN_S, PlayedLoop, Theatre
from tests.world import LICENCE, MARK, text
from tests.world import Key as SigningKey

CHINA = timezone(timedelta(hours=8))
STORIES = sorted(Path(__file__).parent.glob("[!R]*.txt"))
DOCUMENTS = {"mark": MARK, "licence": LICENCE}
STRANGER = SigningKey.es256(9009)


@dataclass(frozen=True)
class Line:
    place: str
    words: str


def lines_of(path: Path) -> list[Line]:
    """The lines of a story that say something."""
    text = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    lines = [Line(f"{path.name}:{number}", line.partition("#")[0].strip()) for number, line in text]
    return [line for line in lines if line.words]


@dataclass
class Story:
    """The words of one file, acted out line by line."""

    theatre: Theatre
    payload: bytes = b""
    heard: int = 0  # verdicts that the story has already spoken of
    gate_heard: int = 0
    closing: list[Callable[[], None]] = field(default_factory=list)

    def steps(self, line: Line) -> Iterator[STEP]:
        for pattern, verb in VERBS:
            found = re.fullmatch(pattern, line.words)
            if found:
                yield from verb(self, f"{line.place}: {line.words}", **found.groupdict())
                return
        pytest.fail(f"{line.place}: {line.words}: no such line in the language of the stories")

    # what happens

    def wait(self, place: str, seconds: str) -> Iterator[STEP]:
        def turn() -> list[ScannerEvent]:
            self.theatre.time.pass_by(TURN_S)
            return self.theatre.alive()

        yield from [turn] * round(float(seconds) / TURN_S)

    def show(self, place: str, what: str, plate: str = "京A12345", age: str = "0", **how: str | None) -> Iterator[STEP]:
        def make() -> list[ScannerEvent]:
            self.payload = self.text_of(what, plate or "京A12345", float(age or 0), how.get("fault") or "")
            return []

        yield make
        yield from self.present(place, how.get("reads") or "")

    def present(self, place: str, reads: str = "") -> Iterator[STEP]:
        """The code comes into view: told at its first read, and once more when it was read again."""

        def read(times: int) -> list[ScannerEvent]:
            now_s = self.theatre.time.monotonic_s
            return [*self.theatre.alive(), Scan(self.payload, "zxing", now_s, reads=times)]

        yield partial(read, 1)
        if reads != "read once":
            yield partial(read, 2)

    def text_of(self, what: str, plate: str, age_s: float, fault: str) -> bytes:
        world, made = self.theatre.world, int(self.theatre.time.utc_s - age_s)
        if what == "payment code":
            return b"https://pay.example/1234"
        way, _, kind = what.rpartition(" ")
        place = self.theatre.place_of(plate)
        car = place + 500 if fault == "with the VIN of another car" else place
        document = DOCUMENTS[kind] | {
            Field.PLATE: plate,
            Field.STATUS: [11, place],
            Field.VIN: vin_with_check(f"LSVAA4180E21{car:05d}"),
        }
        issuer = STRANGER if fault == "signed by a stranger" else world.issuer
        if way == "server-made live":
            return text(world.server_live(document | {Field.WAYS: int(Ways.LIVE)}, made=made))
        if way == "live":
            inner = world.credential(document | {Field.WAYS: int(Ways.LIVE)}, key=issuer)
            cose = (
                inner
                if fault == "without its live layer"
                else world.live(inner, made=made, nonce=made.to_bytes(8, "big"))
            )
        else:
            printed = Ways.PRINTED if way == "printed" else Ways.DOWNLOADED
            cose = world.credential(document | {Field.WAYS: int(printed)}, key=issuer)
        if fault == "with a flipped bit":
            cose = cose[:-1] + bytes([cose[-1] ^ 1])
        return text(cose)

    def list_says(self, place: str, plate: str, state: str) -> Iterator[STEP]:
        def publish() -> list[ScannerEvent]:
            self.theatre.world.states[self.theatre.place_of(plate)] = int(Status[state.upper()])
            self.theatre.publish()
            return []

        yield publish

    def hours(self, place: str, hours: str) -> Iterator[STEP]:
        """A long time, in steps of a minute."""

        def turn() -> list[ScannerEvent]:
            self.theatre.time.pass_by(60)
            return self.theatre.alive()

        yield from [turn] * round(float(hours) * 60)

    def unsure(self, place: str, doubt: str) -> Iterator[STEP]:
        def turn() -> list[ScannerEvent]:
            self.theatre.time.doubt_s = float(doubt)
            return self.theatre.alive()

        yield turn

    def press(self, place: str, key: str, long: str | None) -> Iterator[STEP]:
        def turn() -> list[ScannerEvent]:
            self.theatre.keys.waiting.append(KeyPress(Key(key), long is not None))
            return self.theatre.alive()

        yield turn

    def light(self, place: str, light: str) -> Iterator[STEP]:
        yield from self.check(place, lambda: self.theatre.screen.light == light)

    def torch(self, place: str, state: str) -> Iterator[STEP]:
        yield from self.check(place, lambda: self.theatre.cues.torch_on == (state == "on"))

    def elsewhere(self, place: str, lane: str) -> Iterator[STEP]:
        """Another lane of this device judges the code that was shown last."""

        def judge() -> list[ScannerEvent]:
            theatre = self.theatre
            other = RememberingVerifier(lane, theatre.board(lane))
            assert theatre.watch is not None
            view = theatre.watch.view
            assert view is not None
            other(Scan(self.payload, "zxing", 0.0, reads=2), view, theatre.time.moment(), theatre.profile)
            return theatre.alive()

        yield judge

    def new_code(self, place: str, what: str, plate: str) -> Iterator[STEP]:
        """The phone makes a code that nobody has seen yet."""

        def make() -> list[ScannerEvent]:
            self.payload = self.text_of(what, plate, 0.0, "")
            return []

        yield make

    def happen(self, place: str, what: str) -> Iterator[STEP]:
        theatre = self.theatre

        def act() -> list[ScannerEvent]:
            match what:
                case "the list on the card is spoiled":
                    theatre.spoil_list()
                case "the display breaks":
                    theatre.panel.broken = True
                case "frames stop":
                    theatre.frames = False
                case "frames return":
                    theatre.frames = True
                case "the scanner dies":
                    return [ScannerDown("killed", theatre.time.monotonic_s, 1)]
                case "the barrier rises" | "the barrier falls":
                    assert theatre.loop is not None, place
                    theatre.loop.value = what.endswith("rises")
            return theatre.alive()

        yield act

    # what must be seen

    def check(self, place: str, holds: Callable[[], object]) -> Iterator[STEP]:
        def look() -> list[ScannerEvent]:
            assert holds(), f"{place}\n    screen: {self.theatre.screen.words}\n    gate: {self.theatre.ear.gate}"
            return self.theatre.alive()

        yield look

    def receipt_made(self, place: str, count: str) -> Iterator[STEP]:
        """The receipts' thread has all the time that it needs; the story's time stands still meanwhile."""

        def turn() -> list[ScannerEvent]:
            time.sleep(0.005)
            return self.theatre.alive()

        ends_s = time.monotonic() + 60
        while len(self.theatre.ear.receipts) < int(count):
            assert time.monotonic() < ends_s, place
            yield turn

    def screen_says_code(self, place: str, number: str) -> Iterator[STEP]:
        def said() -> bool:
            code = self.theatre.ear.receipts[int(number) - 1]
            return f"{code[:4]} {code[4:]}" in self.theatre.screen.words

        yield from self.check(place, said)

    def receipt_day(self, place: str, number: str, day: str) -> Iterator[STEP]:
        def said() -> bool:
            [receipt] = find_code(
                self.theatre.folder / "ledger" / "receipts", self.theatre.ear.receipts[int(number) - 1]
            )
            return bool(receipt.body["as_of"]["time"].startswith(day))

        yield from self.check(place, said)

    def receipts_hold(self, place: str, count: str) -> Iterator[STEP]:
        def hold() -> None:
            folder = self.theatre.folder / "ledger" / "receipts"
            receipts = verify_folder(folder, open_device_key(folder.parent).note_key)
            assert [receipt.code for receipt in receipts] == self.theatre.ear.receipts, place
            assert len(receipts) == int(count), place
            for receipt in receipts:
                assert find_code(folder, receipt.code) == [receipt], place
                assert not re.search("[京A-Z]{2}[0-9A-Z]{5}", receipt.body["verdict"]["zh"]), place

        self.closing.append(hold)
        yield from ()

    def expect(self, place: str, family: str, reason: str) -> Iterator[STEP]:
        def verdict() -> bool:
            new = self.theatre.ear.verdicts[self.heard :]
            self.heard += len(new)
            found = [(told.verdict.family, told.verdict.reason) for told in new]
            assert found == [(family, reason)], f"{place}: heard {found}"
            return True

        yield from self.check(place, verdict)

    def nothing_new(self, place: str) -> Iterator[STEP]:
        yield from self.check(place, lambda: len(self.theatre.ear.verdicts) == self.heard)

    def screen(self, place: str, words: str) -> Iterator[STEP]:
        yield from self.check(place, lambda: words in self.theatre.screen.words)

    def lamp(self, place: str, colour: str, blinking: str | None) -> Iterator[STEP]:
        def as_said() -> bool:
            signal = self.theatre.cues.signal
            return (signal.lamp or "dark") == colour and bool(signal.blink_hz) == bool(blinking)

        yield from self.check(place, as_said)

    def sound(self, place: str, pattern: str) -> Iterator[STEP]:
        wanted = tuple(int(part) for part in pattern.split()) if pattern != "none" else ()
        yield from self.check(place, lambda: self.theatre.cues.signal.sound_ms == wanted)

    def relay(self, place: str, state: str) -> Iterator[STEP]:
        yield from self.check(place, lambda: self.theatre.relay.on == (state == "on"))

    def pulses(self, place: str, count: str) -> Iterator[STEP]:
        yield from self.check(place, lambda: self.theatre.relay.pulses == int(count))

    def gate_says(self, place: str, words: str) -> Iterator[STEP]:
        def new_words() -> bool:
            new = self.theatre.ear.gate[self.gate_heard :]
            self.gate_heard += len(new)
            return new == words.split(", ")

        yield from self.check(place, new_words)

    def operator_reads(self, place: str, words: str) -> Iterator[STEP]:
        def status() -> bool:
            assert self.theatre.app is not None
            assert self.theatre.app.state is not None
            return words in status_line(self.theatre.app.state)

        yield from self.check(place, status)

    def ledger(self, place: str, count: str) -> Iterator[STEP]:
        """Checked when the terminal has stopped: until then the ledger is its own."""

        def written() -> None:
            with LedgerStore(self.theatre.folder / "ledger") as store:
                assert store.verify() == int(count), place

        self.closing.append(written)
        yield from ()

    # the scene, before the terminal starts

    def scene(self, words: str) -> bool:
        """Set one line of the scene; False when it is not one."""
        theatre = self.theatre
        if found := re.fullmatch(r"profile (\w+)", words):
            theatre.profile = load_profile(found[1])
        elif found := re.fullmatch(r"clock (\S+ \S+)", words):
            theatre.time.utc_s = datetime.fromisoformat(found[1]).replace(tzinfo=CHINA).timestamp()
        elif found := re.fullmatch(r"clock sure to (\S+) s", words):
            theatre.time.doubt_s = float(found[1])
        elif words == "receipts are made":
            theatre.has_receipts = True
        elif words == "a barrier is fitted":
            theatre.has_gate = True
        elif words == "a barrier with its own input is fitted":
            theatre.has_gate, theatre.loop = True, PlayedLoop()
        else:
            return False
        return True


CODE = r"(?P<what>(?:live|server-made live|printed|downloaded) (?:mark|licence)|payment code)"
VERBS = (
    (r"wait (?P<seconds>[\d.]+) s", Story.wait),
    (r"(?P<hours>[\d.]+) hours go by", Story.hours),
    (r"the clock becomes unsure by (?P<doubt>[\d.]+) s", Story.unsure),
    (r"press (?P<key>next|mode)(?P<long> long)?", Story.press),
    (r"the screen gives (?P<light>full|dim|dark) light", Story.light),
    (r"torch (?P<state>on|off)", Story.torch),
    (r"show the same code", Story.present),
    (rf"the phone makes a {CODE} of (?P<plate>\S+)", Story.new_code),
    (r"lane (?P<lane>\w+) sees the same code", Story.elsewhere),
    (
        rf"show (?:a )?{CODE}(?: of (?P<plate>\S+?))?(?:,? made (?P<age>\d+) s ago)?"
        r"(?:,? (?P<fault>without its live layer|signed by a stranger|with a flipped bit|with the VIN of another car))?"
        r"(?:, (?P<reads>read once))?",
        Story.show,
    ),
    (r"the list says (?P<plate>\S+) (?P<state>invalid|suspended|overdue|valid)", Story.list_says),
    (
        r"(?P<what>the list on the card is spoiled|the display breaks|frames stop|frames return|the scanner dies"
        r"|the barrier rises|the barrier falls)",
        Story.happen,
    ),
    (r"expect (?P<family>\S+) (?P<reason>[A-Z_]+)", Story.expect),
    (r"expect nothing new", Story.nothing_new),
    (r"screen the code of receipt (?P<number>\d+)", Story.screen_says_code),
    (r"receipt (?P<count>\d+) is on the disk", Story.receipt_made),
    (r"receipt (?P<number>\d+) is of (?P<day>\S+)", Story.receipt_day),
    (r"the codes find the (?P<count>\d+) receipts, which hold, and name nobody", Story.receipts_hold),
    (r"screen (?P<words>.+)", Story.screen),
    (r"lamp (?P<colour>green|amber|red|dark)(?P<blinking> blinking)?", Story.lamp),
    (r"sound (?P<pattern>none|[\d ]+)", Story.sound),
    (r"relay (?P<state>on|off)", Story.relay),
    (r"relay moved (?P<count>\d+) times?", Story.pulses),
    (r"gate says (?P<words>[a-z, -]+)", Story.gate_says),
    (r"operator reads (?P<words>.+)", Story.operator_reads),
    (r"ledger has (?P<count>\d+) verdicts?", Story.ledger),
)


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story(path: Path, tmp_path: Path) -> None:
    story = Story(Theatre(tmp_path))
    action = list(dropwhile(lambda line: story.scene(line.words), lines_of(path)))
    story.theatre.play(chain.from_iterable(story.steps(line) for line in action))
    assert story.theatre.cues.signal == Signal(), "the lamps are dark at the end"
    assert not story.theatre.relay.on
    for last in story.closing:
        last()


def test_there_is_a_story_for_each_of_these() -> None:
    assert len(STORIES) >= 11
