"""Checks of what is wired: camera, panel, bus, pins, power. Each opens its device as `yanma run` would, and closes it."""

from __future__ import annotations

import os
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from firmware.config_schema import OLEDS
from firmware.doctor.finding import Finding, Machine, fail, ok, skip, warn

#: A camera that is starting needs a second or two; a later first frame is a fault.
FIRST_FRAME_S: Final = 5.0
WANTED_I2C_HZ: Final = 400_000
#: The empty release that pip takes on Pythons for which there is no wheel.
EMPTY_LGPIO: Final = "0.0.0.2"
#: BCM numbers that are pulled up until software says otherwise (BCM2835 ARM Peripherals, pull table).
BOOTS_HIGH: Final = range(9)
#: The pin controllers of the boards up to the Pi 4, and of the Pi 5.
PIN_DRIVERS: Final = ("pinctrl_bcm2835", "pinctrl_rp1")
HOT_C: Final = 75.0
TOO_HOT_C: Final = 80.0
#: Bits of the firmware's get_throttled: now in the low half, since boot in the high half.
_THROTTLED: Final = {0: "undervoltage", 1: "frequency capped", 2: "throttled", 3: "soft heat limit"}


def camera(machine: Machine) -> Finding:
    from firmware.scanner.source import SourceError, open_source, parse_source

    wanted = machine.config.camera.source
    try:
        with open_source(parse_source(wanted)) as source:
            frame = source.read(FIRST_FRAME_S)
    except SourceError as error:
        return fail(f"{wanted}: {error.what}", error.next_step)
    if frame is None:
        return fail(
            f"{wanted}: no frame in {FIRST_FRAME_S:g} s", "check the cable's seat and power; then restart the board"
        )
    height, width = frame.gray.shape
    if frame.gray.min() == frame.gray.max():
        return warn(f"{wanted}: a frame of one single grey, {width}x{height}", "take off the lens cap; check the cable")
    return ok(f"{wanted}: fresh frame, {width}x{height}")


def panel(machine: Machine) -> Finding:
    """A picture (all dark) is sent as `yanma run` would send it: an I2C panel that is not there does not acknowledge."""
    wanted = machine.config.panel
    if wanted.driver not in OLEDS:
        return skip(f"no OLED (panel.driver = {wanted.driver})")
    from firmware.display.panel import PanelError, PanelSpec

    name = f"i2c-{wanted.port}" if wanted.bus == "i2c" else f"spidev{wanted.port}.{wanted.spi_device}"
    node = machine.root / "dev" / name
    if not node.exists():
        return fail(f"there is no /dev/{name}", "switch the bus on: raspi-config, Interface Options; then restart")
    if not os.access(node, os.R_OK | os.W_OK):
        return fail(f"/dev/{name} may not be opened", f"add this user to the group {wanted.bus}")
    if wanted.bus == "spi":
        return ok(f"/dev/{name} can be opened; an SPI panel never answers, so look at it")
    spec = PanelSpec(wanted.driver, bus=wanted.bus, port=wanted.port, address=wanted.address, rotate=wanted.rotate)
    try:
        opened = machine.open_panel(spec)
        opened.blank()
    except PanelError as error:
        return fail(
            f"{wanted.driver} at {wanted.address:#04x}: {error}", f"check its wires; i2cdetect -y {wanted.port}"
        )
    opened.close()
    return ok(f"{wanted.driver} at {wanted.address:#04x} on /dev/{name} takes a picture")


def i2c_speed(machine: Machine) -> Finding:
    """At 100 kHz a full screen takes 93 ms, more than the whole budget of a verdict."""
    panel = machine.config.panel
    if panel.driver not in OLEDS or panel.bus != "i2c":
        return skip(f"no panel on I2C (panel.driver = {panel.driver})")
    path = machine.root / f"sys/class/i2c-adapter/i2c-{panel.port}/of_node/clock-frequency"
    remedy = "add dtparam=i2c_arm=on,i2c_arm_baudrate=400000 to /boot/firmware/config.txt and restart"
    try:
        hertz = int.from_bytes(path.read_bytes()[:4], "big")
    except OSError:
        return warn(f"the speed of i2c-{panel.port} is not known", remedy)
    if hertz < WANTED_I2C_HZ:
        return warn(f"i2c-{panel.port} runs at {hertz // 1000} kHz, wanted {WANTED_I2C_HZ // 1000}", remedy)
    return ok(f"i2c-{panel.port} runs at {hertz // 1000} kHz")


def pins(machine: Machine) -> Finding:
    """The lgpio module is looked at without importing it: importing makes a pipe in the working directory."""
    factory = machine.config.pins.factory
    if factory != "lgpio":
        return skip(f"no real pins (pins.factory = {factory})")
    remedy = "apt install python3-lgpio, and make the environment with --system-site-packages"
    spec = find_spec("lgpio")
    if spec is None or spec.origin is None:
        return fail("the module lgpio is not installed", remedy)
    version = machine.version_of("lgpio")
    if version == EMPTY_LGPIO or not has_gpio_calls(Path(spec.origin)):
        return fail(f"the module lgpio {version} is empty: it has no gpiochip_open", remedy)
    chips = sorted((machine.root / "dev").glob("gpiochip*"))
    if not chips:
        return fail("there is no /dev/gpiochip*", "run on a Raspberry Pi, or set pins.factory = mock")
    closed = [chip.name for chip in chips if not os.access(chip, os.R_OK | os.W_OK)]
    if len(closed) == len(chips):
        return fail(f"{', '.join(closed)} may not be opened", "add this user to the group gpio")
    return ok(f"lgpio {version}, {len(chips)} gpiochip")


def lgpio_folder(machine: Machine) -> Finding:
    """lgpio makes a pipe in LG_WD or the working directory when it is imported, and fails when it may not."""
    if machine.config.pins.factory != "lgpio":
        return skip(f"not needed (pins.factory = {machine.config.pins.factory})")
    folder = Path(machine.environ.get("LG_WD") or Path.cwd())
    if not can_write(folder):
        return fail(f"{folder} cannot be written", "set WorkingDirectory= and LG_WD= to the unit's RuntimeDirectory")
    return ok(f"{folder} can be written")


def gate(machine: Machine) -> Finding:
    mode, relay, factory = machine.config.gate.mode, machine.config.pins.relay, machine.config.pins.factory
    if mode == "off":
        return skip("no barrier (gate.mode = off)")
    if relay is None:
        return fail("a gate without a relay (pins.relay = none)", "set pins.relay to the pin of the relay")
    if factory == "none":
        return fail("a gate without pins (pins.factory = none)", "set pins.factory = lgpio")
    if relay in BOOTS_HIGH and machine.config.pins.relay_active_high:
        return fail(f"the relay's pin {relay} is pulled up at boot: the barrier would move", "use one of 9 to 27")
    return ok(f"relay on pin {relay}; when the terminal fails: {mode}")


def released_pins(machine: Machine) -> Finding:
    """What becomes of a pin when the program that drives it is killed: a Pi's kernel keeps its level unless it is told not to."""
    if machine.config.pins.factory != "lgpio":
        return skip(f"no real pins (pins.factory = {machine.config.pins.factory})")
    words = {name: machine.text(f"sys/module/{name}/parameters/persist_gpio_outputs") for name in PIN_DRIVERS}
    keeping = [name for name, word in words.items() if word in ("Y", "1")]
    if keeping:
        return warn(
            f"{keeping[0]} keeps the pins of a killed program as they were: a relay may stay drawn",
            "add dtparam=strict_gpiod to /boot/firmware/config.txt and restart",
        )
    if not any(words.values()):
        return skip("this kernel does not say what becomes of a killed program's pins")
    return ok("pins of a killed program become inputs")


def power(machine: Machine) -> Finding:
    word = machine.text("sys/devices/platform/soc/soc:firmware/get_throttled")
    if word is None:
        return skip("this board does not report its supply")
    bits = int(word, 16)
    now = [name for bit, name in _THROTTLED.items() if bits >> bit & 1]
    past = [name for bit, name in _THROTTLED.items() if bits >> (bit + 16) & 1]
    remedy = "use the board's own supply and a short, thick cable"
    if now:
        return fail(f"now: {', '.join(now)}", remedy)
    if past:
        return warn(f"since boot: {', '.join(past)}", remedy)
    return ok("no undervoltage since boot")


def heat(machine: Machine) -> Finding:
    word = machine.text("sys/class/thermal/thermal_zone0/temp")
    if word is None:
        return skip("this machine does not report its temperature")
    celsius = int(word) / 1000
    if celsius >= TOO_HOT_C:
        return fail(f"{celsius:.0f} C", "shade it, or add a heat sink: the board is slowing itself down")
    if celsius >= HOT_C:
        return warn(f"{celsius:.0f} C", "shade it, or add a heat sink")
    return ok(f"{celsius:.0f} C")


def watchdog(machine: Machine) -> Finding:
    """The board's own watchdog: a RuntimeWatchdogSec= above its 15 s is refused by a Pi without a word."""
    state = machine.text("sys/class/watchdog/watchdog0/state")
    if state is None:
        return skip("this machine has no hardware watchdog")
    if state != "active":
        return warn(f"the hardware watchdog is {state}", "set RuntimeWatchdogSec=15 in /etc/systemd/system.conf.d")
    return ok(f"the hardware watchdog bites after {machine.text('sys/class/watchdog/watchdog0/timeout')} s")


def has_gpio_calls(module: Path) -> bool:
    """Whether the file of the module lgpio defines what it is for."""
    try:
        return "def gpiochip_open" in module.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def can_write(folder: Path) -> bool:
    """Whether a file can be made in the folder; it is removed again."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
