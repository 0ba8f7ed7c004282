"""The daemon on real drivers: light from a V4L2 camera, a screen on I2C, lamps, buzzer, relay and an input on GPIO lines.

Every story prints what was seen: run them with `make hw`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware.config_schema import Gate, Pins, VerdictSection
from firmware.display.pages import recalled_notice
from firmware.profiles import load_profile
from firmware.selftest.simulated import shown
from tests.hardware.board import Board, Watcher, any_of, blocks
from tests.hardware.camera import held_up, nothing
from tests.hardware.terminal import ROOT, Terminal, World, in_every_way, wait_for

PINS = Pins()
LOOP = 16
KEY_NEXT = 20
SETTLE_S = 10.0
LOCKOUT_S = Gate().lockout_ms / 1000
VERDICT_HOLD_S = VerdictSection().hold_s + 1
#: Codes for the same family, in case the machine was busy during the first.
GO_CODES = dict.fromkeys(("mark-downloaded", "mark-printed", "mark-exempt", "mark-ed25519"), "VALID")
STOP_CODES = {
    "mark-revoked": "REVOKED",
    "mark-cancelled": "REVOKED",
    "mark-detained": "SUSPENDED",
    "mark-expired": "EXPIRED",
}
OUTPUTS = {
    name: pin
    for name in ("buzzer", "lamp_green", "lamp_amber", "lamp_red", "vibration", "relay")
    if (pin := getattr(PINS, name)) is not None
}


@dataclass(frozen=True)
class Sound:
    """What a bystander hears, and how often the relay moves."""

    beeps: int
    beep_ms: int
    relay_pulses: int


@pytest.fixture(scope="module")
def watcher(board: Board) -> Iterator[Watcher]:
    watcher = Watcher(board.header, tuple(OUTPUTS.values()))
    yield watcher
    watcher.close()


@pytest.fixture(scope="module")
def terminal(board: Board, world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A gate: `yanma run` as in the unit, ready and past the ten seconds in which its relay never moves."""
    board.header.pull(LOOP, up=True)
    board.camera.show(nothing())
    board.header.pull(KEY_NEXT, up=True)
    settings = {"panel.port": board.oled.port, "pins.loop": LOOP, "pins.key_next": KEY_NEXT, "camera.fps": 10}
    words = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    devices = ["--source", "/dev/video0", "--panel", "ssd1306", "--pins", "lgpio", "--gate", "closed"]
    began_s = time.monotonic()
    terminal = Terminal(tmp_path_factory.mktemp("terminal"), world, "--profile", "gate", *devices, *words)
    terminal.wait("in service", lambda: {"event": "service", "fault": None} in terminal.told("service"), 60)
    print(f"\nin service {time.monotonic() - began_s:.1f} s after its start")
    time.sleep(max(0.0, began_s + SETTLE_S + 1 - time.monotonic()))
    yield terminal
    terminal.stop()


def show(board: Board, watcher: Watcher, terminal: Terminal, world: World, code: str, reason: str) -> None:
    """Hold a code up, wait for its verdict, take it away, and let its signal play to the end."""
    before = len(terminal.verdicts())
    watcher.clear()
    began_s = time.monotonic()
    board.camera.show(held_up(world.code(code)))
    told = terminal.wait_for_verdict(reason, before)
    seen_s = time.monotonic() - began_s
    print(
        f"\n{code}: {told['family']} {reason}, {seen_s:.2f} s after it was held up, {told['elapsed_ms']:.0f} ms of work"
    )
    board.camera.show(nothing())
    time.sleep(1.5)
    print("pulses in ms:", {name: watcher.pulses_ms[pin] for name, pin in OUTPUTS.items() if watcher.pulses_ms[pin]})


def assert_screen_shows(board: Board, world: World, code: str) -> None:
    """The bytes on the bus make a drawn picture of this code's verdict, bit for bit."""
    wanted = world.pictures(code, "gate")
    seen = board.oled.seen()
    print(blocks(seen))
    assert any_of(wanted, seen), "\n" + blocks(wanted[0])


def assert_rhythm(
    board: Board, watcher: Watcher, terminal: Terminal, world: World, codes: dict[str, str], sound: Sound
) -> None:
    """Of these codes one at least sounds as it should. A busy machine stretches a beep or swallows it: the next code then
    shows whether that was the machine. What the relay does and what the screen shows must be right with every one.
    """
    heard: list[list[int]] = []
    for code, reason in codes.items():
        show(board, watcher, terminal, world, code, reason)
        assert_screen_shows(board, world, code)
        pulses_ms = watcher.pulses_ms
        assert len(pulses_ms[PINS.relay]) == sound.relay_pulses
        assert all(400 <= pulse_ms <= 1000 for pulse_ms in pulses_ms[PINS.relay]), "gate.pulse_ms is 500"
        heard.append(pulses_ms[PINS.buzzer])
        if len(heard[-1]) == sound.beeps and all(sound.beep_ms / 2 <= ms <= sound.beep_ms * 2 for ms in heard[-1]):
            return
        time.sleep(LOCKOUT_S)
    raise AssertionError(f"{sound.beeps} x {sound.beep_ms} ms was never heard: {heard}")


def test_the_self_test_finds_the_board_well_before_the_terminal_starts(
    board: Board, watcher: Watcher, world: World, tmp_path: Path
) -> None:
    """Unattended: real frames, real acknowledgements on the bus, every lamp lit, a signed record; and the relay rests."""
    board.header.pull(LOOP, up=True)
    board.header.pull(KEY_NEXT, up=True)
    board.camera.show(shown(5.0))
    settings = {"panel.port": board.oled.port, "pins.loop": LOOP, "pins.key_next": KEY_NEXT, "camera.fps": 10}
    words = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    words += ["--source", "/dev/video0", "--panel", "ssd1306", "--pins", "lgpio", "--gate", "closed"]
    words += ["--trust", str(world.trust), "--ledger", str(tmp_path / "ledger"), "--lang", "en"]
    words += ["--set", f"clock.floor={tmp_path / 'floor'}", "--set", f"clock.requests={tmp_path}"]
    watcher.clear()
    found = run_self_test(tmp_path, "--unattended", "--json", *words)
    print(f"\n{found.stdout}{found.stderr}")
    lines = {line["name"]: line for line in map(json.loads, found.stdout.splitlines())}
    assert lines["display"]["figures"] == {"patterns": 4, "errors": 0}
    for name in ("camera", "light", "banding", "focus", "card-near", "clock", "storage", "ledger", "trust"):
        assert lines[name]["outcome"] == "PASS", lines[name]
    assert [name for name, line in lines.items() if line["outcome"] == "FAIL"] == []
    for lamp in ("lamp_red", "lamp_amber", "lamp_green", "buzzer", "vibration"):
        assert watcher.pulses_ms[OUTPUTS[lamp]], f"{lamp} was never on"
    assert watcher.pulses_ms[PINS.relay] == []
    shown_again = run_self_test(tmp_path, "--show", *words)
    assert "the signature holds" in shown_again.stdout, shown_again.stderr
    board.camera.show(nothing())


def run_self_test(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "firmware", "selftest", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{os.environ.get('PYTHONPATH', '')}:{ROOT}", "LG_WD": str(folder)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_go_moves_the_relay_once_lights_green_and_fills_the_screen(
    board: Board, watcher: Watcher, terminal: Terminal, world: World
) -> None:
    assert_rhythm(board, watcher, terminal, world, GO_CODES, Sound(1, 100, 1))
    assert terminal.told("gate-granted")
    wait_for("the green lamp went out", lambda: not board.header.high(PINS.lamp_green))
    wait_for("a green pulse of 2 s", lambda: 1400 <= sum(watcher.pulses_ms[PINS.lamp_green]) <= 3000, 2)
    assert watcher.pulses_ms[PINS.lamp_red] == []


def test_the_barriers_own_input_is_heard(board: Board, terminal: Terminal) -> None:
    board.header.pull(LOOP, up=False)
    terminal.wait(
        "the barrier opened", lambda: bool(terminal.told("gate-opened") + terminal.told("gate-opened-by-hand"))
    )
    board.header.pull(LOOP, up=True)
    terminal.wait("the car passed", lambda: bool(terminal.told("gate-passed")))


def test_stop_sounds_three_times_lights_red_and_leaves_the_relay_alone(
    board: Board, watcher: Watcher, terminal: Terminal, world: World
) -> None:
    assert_rhythm(board, watcher, terminal, world, STOP_CODES, Sound(3, 140, 0))
    assert watcher.pulses_ms[PINS.lamp_red]
    assert watcher.pulses_ms[PINS.lamp_green] == []


def test_verdicts_go_on_while_the_screen_is_unplugged_and_it_is_set_up_again_when_it_is_back(
    board: Board, watcher: Watcher, terminal: Terminal, world: World
) -> None:
    board.oled.unplug()
    sent, set_up_times = len(board.oled.messages()), board.oled.set_up_times
    show(board, watcher, terminal, world, "mark-suspended", "SUSPENDED")
    assert watcher.pulses_ms[PINS.buzzer], "what is heard does not wait for what is seen"
    assert len(board.oled.messages()) == sent, "nothing arrived"
    before = len(terminal.verdicts())
    board.camera.show(held_up(world.code("mark-expired")))
    terminal.wait_for_verdict("EXPIRED", before)
    board.oled.plug_in()
    back_s = terminal.wait("the screen came back", lambda: board.oled.set_up_times > set_up_times)
    wanted = world.pictures("mark-expired", "gate")
    terminal.wait("the screen shows the verdict that stands", lambda: any_of(wanted, board.oled.seen()))
    print(f"\nthe screen was set up again {back_s:.1f} s after it was plugged in")
    assert "display fault" in terminal.said()
    assert "display works again" in terminal.said()
    board.camera.show(nothing())


def test_frames_that_stop_are_told_and_frames_that_return_are_taken(
    board: Board, watcher: Watcher, terminal: Terminal, world: World
) -> None:
    board.camera.freeze()
    silent_s = terminal.wait("out of service", lambda: terminal.told("service")[-1]["fault"] == "E21")
    board.camera.go_on()
    back_s = terminal.wait("in service again", lambda: terminal.told("service")[-1]["fault"] is None)
    print(f"\nE21 after {silent_s:.1f} s without frames; in service again {back_s:.1f} s after they returned")
    show(board, watcher, terminal, world, "mark-app", "VALID")
    assert len(watcher.pulses_ms[PINS.relay]) == 1


def test_a_key_brings_the_last_verdict_back_to_the_screen(board: Board, terminal: Terminal, world: World) -> None:
    time.sleep(VERDICT_HOLD_S)  # the verdict that stood has given way to the idle screen
    post, verdict = load_profile("gate"), world.verdict("mark-app", "gate")
    recalled = [
        picture
        for of in range(1, 6)
        for age_s in range(90)
        for picture in in_every_way(recalled_notice(verdict, post, "zh", float(age_s), 1, of))
    ]
    terminal.wait("in service", lambda: terminal.told("service")[-1]["fault"] is None)
    board.header.pull(KEY_NEXT, up=False)
    time.sleep(0.2)
    board.header.pull(KEY_NEXT, up=True)
    shown_s = wait_for("the last verdict again", lambda: any_of(recalled, board.oled.seen()), 10)
    print(f"\nthe verdict before, {shown_s:.2f} s after the key was let go\n{blocks(board.oled.seen())}")


def test_at_its_end_every_line_is_low_and_the_screen_is_dark(board: Board, terminal: Terminal) -> None:
    began_s = time.monotonic()
    assert terminal.stop() == 0, terminal.said()
    print(f"\nended in {time.monotonic() - began_s:.1f} s")
    assert [name for name, pin in OUTPUTS.items() if board.header.high(pin)] == []
    assert board.oled.messages()[-1] == bytes((0x00, 0xAE)), "the last command is: display off"
    assert not Path(f"/proc/{terminal.process.pid}").exists()
