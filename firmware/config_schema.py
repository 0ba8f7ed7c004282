"""Every setting, declared once: its section, type, default, range and help. `config` reads files and words into it.

A setting whose type is optional (`int | None`) is written as the word that its declaration gives for "nothing" ("none",
"auto"), because TOML has no null. Ranges are checked when a section is built, so a wrong Config cannot exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields
from typing import Any, Final

_SETTING: Final = "setting"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a value must be. `kind` is the type it has; `nothing` the word that stands for None, when it may be None."""

    kind: type
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] = ()
    pattern: str | None = None
    nothing: str | None = None

    @property
    def expected(self) -> str:
        """The words for "expected ..." in an error."""
        if self.choices:
            text = " | ".join(str(choice) for choice in self.choices)
        elif self.kind is bool:
            text = "true | false"
        elif self.kind is str:
            text = f"text matching {self.pattern}" if self.pattern else "text"
        else:
            name = "a whole number" if self.kind is int else "a number"
            text = f"{name} from {self.low:g} to {self.high:g}"
        return f"{text} | {self.nothing}" if self.nothing else text

    def accept(self, value: object) -> Any:
        """The value in its own type. Raises ValueError (text: what was expected) when it is not allowed."""
        if self.nothing is not None and (value is None or value == self.nothing):
            return None
        if self.kind is float and type(value) is int:
            value = float(value)
        if type(value) is not self.kind or not self._fits(value):
            raise ValueError(self.expected)
        return value

    def _fits(self, value: Any) -> bool:
        return (
            (not self.choices or value in self.choices)
            and (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and (self.pattern is None or re.fullmatch(self.pattern, value) is not None)
        )

    def from_word(self, word: str) -> Any:
        """The value that a word on the command line or in the environment stands for. Raises ValueError like accept."""
        if self.kind is str or word == self.nothing:
            return self.accept(word)
        if self.kind is bool:
            if word.lower() not in _BOOLEANS:
                raise ValueError(self.expected)
            return self.accept(_BOOLEANS[word.lower()])
        try:
            number: float = int(word, 0) if self.kind is int else float(word)
        except ValueError:
            raise ValueError(self.expected) from None
        return self.accept(number)

    def to_toml(self, value: object) -> str:
        """The value as it is written in a TOML file."""
        if value is None:
            return f'"{self.nothing}"'
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            import json  # a JSON string is a TOML basic string

            return json.dumps(value, ensure_ascii=False)
        return str(value)


_BOOLEANS: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def _number(default: float | None, low: float, high: float, help: str, nothing: str | None = None) -> Any:  # noqa: A002
    kind = float if isinstance(default, float) else int
    return field(default=default, metadata={_SETTING: Setting(kind, help, low=low, high=high, nothing=nothing)})


def _choice(default: str | int, choices: tuple[str | int, ...], help: str) -> Any:  # noqa: A002
    return field(default=default, metadata={_SETTING: Setting(type(default), help, choices=choices)})


def _text(default: str | None, pattern: str, help: str, nothing: str | None = None) -> Any:  # noqa: A002
    return field(default=default, metadata={_SETTING: Setting(str, help, pattern=pattern, nothing=nothing)})


def _flag(default: bool | None, help: str, nothing: str | None = None) -> Any:  # noqa: A002
    return field(default=default, metadata={_SETTING: Setting(bool, help, nothing=nothing)})


class _Section:
    """Checks every field of a section when it is built. Raises ValueError naming the field."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for name, setting in settings_of(type(self)):
            try:
                object.__setattr__(self, name, setting.accept(getattr(self, name)))
            except ValueError as error:
                raise ValueError(f"{name} = {getattr(self, name)!r}: expected {error}") from None


def settings_of(section: type) -> Iterator[tuple[str, Setting]]:
    """(name, Setting) of each setting of a section, in the order of the file."""
    items: tuple[Field[Any], ...] = fields(section)
    for item in items:
        yield item.name, item.metadata[_SETTING]


#: Panels that hang on a bus; the other drivers draw elsewhere.
OLEDS: Final = ("ssd1306", "sh1106", "ssd1309", "ssd1322")
ENVIRONMENTS: Final = ("demo", "staging", "production")
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_PATH: Final = r"[^\x00-\x1f]{1,255}"
_URL: Final = r"https?://[^\s\x00-\x1f\"'<>\\^`{|}]{1,240}"
_URLS: Final = rf"{_URL}( +{_URL}){{0,7}}"
_SOURCES: Final = r"none|(rtc|reply|chrony|gnss)(, ?(rtc|reply|chrony|gnss)){0,3}"
#: BCM numbers of the 40-pin header.
_PIN_LOW: Final = 0
_PIN_HIGH: Final = 27


def _pin(default: int | None, help: str) -> Any:  # noqa: A002
    setting = Setting(int, help, low=_PIN_LOW, high=_PIN_HIGH, nothing="none")
    return field(default=default, metadata={_SETTING: setting})


@dataclass(frozen=True, slots=True)
class Terminal(_Section):
    """Who this terminal is and for whom it works."""

    id: str = _text("terminal-1", _NAME, "name of this terminal in records")
    environment: str = _choice("demo", ENVIRONMENTS, "whose keys are believed; must equal that of the anchors")
    profile: str = _text("police", _PATH, "police, gate, insurer, dealer, or the path of a profile file")
    language: str = _choice("zh", ("zh", "en"), "language of the screen")
    lane: str = _text("1", _NAME, "name of the lane or post in records")
    lanes: str | None = _text(
        None, _PATH, "folder in memory where this device's lanes tell each other of codes and cars", "none"
    )


@dataclass(frozen=True, slots=True)
class Camera(_Section):
    """Where frames come from. Without a camera, give a folder of pictures or a video."""

    source: str = _text("0", _PATH, "picamera, 0, /dev/video0, scenes:FOLDER, a folder or a video file")
    width: int = _number(1280, 64, 4096, "pixels")
    height: int = _number(720, 64, 4096, "pixels")
    fps: int = _number(15, 1, 120, "frames a second")


@dataclass(frozen=True, slots=True)
class Panel(_Section):
    """The 128x64 screen."""

    driver: str = _choice("terminal", ("terminal", *OLEDS, "png", "none"), "what draws the screen")
    bus: str = _choice("i2c", ("i2c", "spi"), "how an OLED is wired")
    port: int = _number(1, 0, 31, "number of the I2C bus or SPI port")
    address: int = _number(0x3C, 0x08, 0x77, "I2C address")
    spi_device: int = _number(0, 0, 3, "SPI chip select")
    dc_pin: int = _number(24, 0, 27, "SPI: BCM number of the data/command line")
    reset_pin: int = _number(25, 0, 27, "SPI: BCM number of the reset line")
    size: str = _choice("128x64", ("128x64", "256x64"), "of the glass; 32 rows are too few for an outline")
    rotate: int = _choice(0, (0, 2), "quarter turns: 2 is upside down")
    contrast: int = _number(200, 0, 255, "brightness by day")
    dim_s: float | None = _number(30.0, 5.0, 3600.0, "nothing happened for so many seconds: little light", "never")
    sleep_s: float | None = _number(300.0, 10.0, 86400.0, "and for so many: dark, until a code or a key", "never")
    png: str = _text("yanma-screen.png", _PATH, "file that the png driver writes")


@dataclass(frozen=True, slots=True)
class Pins(_Section):
    """Lamps, sounds and relay, as BCM numbers; a number outside 9 to 27 is pulled up at boot."""

    factory: str = _choice("none", ("none", "mock", "lgpio"), "what drives the pins")
    buzzer: int | None = _pin(18, "buzzer")
    lamp_green: int | None = _pin(22, "green lamp")
    lamp_amber: int | None = _pin(27, "amber lamp")
    lamp_red: int | None = _pin(17, "red lamp")
    vibration: int | None = _pin(23, "vibration motor")
    torch: int | None = _pin(None, "torch for what is shown to the camera")
    key_next: int | None = _pin(None, "key NEXT: the last verdicts again; held: the torch")
    key_mode: int | None = _pin(None, "key MODE: more about what is on the screen")
    relay: int | None = _pin(26, "relay of the barrier; choose a pin that boots low")
    loop: int | None = _pin(None, "the barrier's own input: limit switch or loop, low when active")
    lamps_active_high: bool = _flag(True, "a high pin lights the lamp")
    relay_active_high: bool = _flag(True, "a high pin energises the relay")


@dataclass(frozen=True, slots=True)
class Gate(_Section):
    """The barrier: what it does after GO, and when the terminal is not there."""

    mode: str = _choice("off", ("off", "closed", "open", "last"), "off: no barrier; else the state on failure")
    pulse_ms: int = _number(500, 50, 5000, "length of the relay's pulse")
    lockout_ms: int = _number(3000, 0, 60_000, "no second pulse within")
    max_pulses_per_minute: int = _number(12, 1, 60, "upper limit of pulses")
    settle_s: float = _number(10.0, 10.0, 600.0, "the relay stays off this long after start")
    passback: str = _choice(
        "off", ("off", "lane", "zone", "in-out"), "the same car again: not twice in this lane, zone, or direction"
    )
    passback_hard: bool = _flag(False, "a car that passes again is stopped; else let through with a notice")
    passback_again_s: float = _number(300.0, 1.0, 86400.0, "lane and zone: not again within")
    passback_lockout_hours: float = _number(12.0, 0.1, 168.0, "in-out: a way out that was missed is forgotten after")
    passback_amnesty_hour: int | None = _number(None, 0, 23, "hour of the day at which all is forgiven", "none")
    direction: str = _choice("in", ("in", "out"), "which way this lane leads; nobody is stopped on the way out")
    open_timeout_s: float = _number(10.0, 1.0, 120.0, "from the pulse to the barrier's own input")


@dataclass(frozen=True, slots=True)
class Trust(_Section):
    """Keys, rules and status lists."""

    folder: str = _text("/var/lib/yanma/trust", _PATH, "folder with trust.cwt, rules.cwt and status/")
    anchors: str | None = _text(None, _PATH, "folder of public anchors; auto: the installed ones", "auto")


@dataclass(frozen=True, slots=True)
class Sync(_Section):
    """Where newer keys, rules and status lists come from."""

    source: str | None = _text(
        "/var/lib/yanma/incoming", _PATH, "folder that `yanma sync` installs a bundle from; none: nothing", "none"
    )
    upload: str | None = _text(
        None, r"https?://[!-~]{1,200}", "address of the collector; none: nothing is sent", "none"
    )
    urls: str | None = _text(None, _URLS, "repository to fetch from, mirrors after blanks; none: no network", "none")
    state: str = _text("/var/lib/yanma/fetch", _PATH, "folder of the fetch: what was verified, and when")
    period_s: int = _number(900, 60, 86_400, "between two polls; each device has a moment of its own in it")
    deadline_s: int = _number(240, 10, 3600, "a round of fetching ends after this long; the next goes on from there")
    max_megabytes: int = _number(128, 1, 1024, "all that one round may take from one mirror")
    proxy: str | None = _text(None, _URL, "HTTP proxy of the fetch; none: straight", "none")
    ca_file: str | None = _text(None, _PATH, "certificates that TLS believes; auto: the system's", "auto")


@dataclass(frozen=True, slots=True)
class Urgent(_Section):
    """Items that cannot wait for the next list, over MQTT 5. The items are signed; the broker is only a carrier."""

    broker: str | None = _text(None, r"[^\x00-\x20/]{1,253}", "name or address of the broker; none: nothing", "none")
    port: int = _number(8883, 1, 65535, "its port")
    tls: bool = _flag(True, "speak TLS; false only for a broker on this machine")
    ca_file: str | None = _text(
        None, _PATH, "certificates that the broker's must come from; auto: the system's", "auto"
    )
    region: str = _text(
        "", r"[0-9]{0,6}", "digit prefix of this post's region (GB/T 2260), empty: what is for everywhere"
    )
    prefix: str = _text("yanma/urgent", r"[A-Za-z0-9._/-]{1,128}", "topics below which the items lie")
    folder: str = _text("/var/lib/yanma/urgent", _PATH, "folder in which the items are kept")


@dataclass(frozen=True, slots=True)
class Clock(_Section):
    """How far the system's clock is believed."""

    trust_system: bool | None = _flag(None, "believe an unsynchronised system clock; auto: in demo only", "auto")
    floor: str = _text("/var/lib/yanma/clock-floor", _PATH, "file of the time that is never gone below")
    sources: str = _text("reply,gnss", _SOURCES, "besides the kernel: any of rtc, reply, chrony, gnss; or none")
    heard: str = _choice(
        "auto", ("auto", "alone", "confirmed"), "NTP without authentication and GNSS: alone, or only if two agree"
    )
    rtc_bus: int = _number(1, 0, 31, "I2C bus of the DS3231")
    rtc_address: int = _number(0x68, 0x08, 0x77, "I2C address of the DS3231")
    rtc_setting: str = _text("/var/lib/yanma/clock-rtc.json", _PATH, "file of when the DS3231 was set, and how well")
    requests: str = _text("/run/yanma", _PATH, "folder in which the terminal asks for signed time")
    handover: str = _text("/run/yanma-time", _PATH, "folder in which `yanma time --keep` answers")
    server: str | None = _text(None, _URL, "address of the server of signed time (yanma time --keep)", "none")
    gpsd: str = _text("127.0.0.1:2947", _PATH, "host:port or socket of gpsd (yanma time --keep)")


@dataclass(frozen=True, slots=True)
class Ledger(_Section):
    """The record of what happened: no name, no plate, no picture."""

    folder: str = _text("/var/lib/yanma/ledger", _PATH, "folder of the ledger")
    retention_days: int = _number(30, 1, 3650, "older records are deleted")
    collector: str | None = _text(
        None,
        r"[!-~]{1,250}",
        "public key of the collector: only what it has receipted is deleted; none: no collector",
        "none",
    )
    outbox: str = _text("/var/lib/yanma/outbox", _PATH, "folder of the batches that wait for the collector")
    inbox: str = _text(
        "/var/lib/yanma/receipts", _PATH, "folder of the collector's receipts, written by the sync alone"
    )


@dataclass(frozen=True, slots=True)
class Receipts(_Section):
    """Signed receipts of the terminal's own verdicts, for insurers: nothing in them names a person or a car."""

    made: bool = _flag(False, "a receipt for each verdict on a code that was read; its code comes onto the screen")
    folder: str | None = _text(
        None, _PATH, "folder of the terminal's own receipts; auto: receipts in the ledger's folder", "auto"
    )
    photo_key: str | None = _text(
        None, _PATH, "file of the insurer's public key: the frame of each receipt is kept, sealed to it", "none"
    )


@dataclass(frozen=True, slots=True)
class Scanner(_Section):
    """The child process that reads codes."""

    deadline_s: float = _number(3.0, 0.2, 30.0, "a frame that takes longer ends the child, which is started again")
    give_up_s: float = _number(
        10.0, 4.0, 600.0, "without frames for this long the process ends, for systemd to restart"
    )


@dataclass(frozen=True, slots=True)
class VerdictSection(_Section):
    """How a verdict is shown."""

    hold_s: float = _number(6.0, 2.0, 30.0, "seconds a verdict stays on the screen")


@dataclass(frozen=True, slots=True)
class Status(_Section):
    """What the terminal says of itself, for the status page and for monitoring: status.json and yanma.prom."""

    folder: str | None = _text(
        None, _PATH, "folder of both files; auto: the service's runtime folder, else none", "auto"
    )


@dataclass(frozen=True, slots=True)
class Page(_Section):
    """The status and commissioning page: `yanma web`, a process and a user of its own. Off unless switched on."""

    enabled: bool = _flag(False, "the terminal opens the sockets for the page, and a held MODE key opens commissioning")
    folder: str = _text("/run/yanma-page", _PATH, "folder of the sockets between terminal and page")
    status: str = _text("/run/yanma/status.json", _PATH, "status file that the page shows")
    port: int = _number(8088, 1024, 65535, "TCP port of the page")
    lan: bool = _flag(False, "while commissioning is open, the page answers on the network too, not on loopback alone")


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration, frozen and checked."""

    terminal: Terminal = field(default_factory=Terminal)
    camera: Camera = field(default_factory=Camera)
    panel: Panel = field(default_factory=Panel)
    pins: Pins = field(default_factory=Pins)
    gate: Gate = field(default_factory=Gate)
    trust: Trust = field(default_factory=Trust)
    sync: Sync = field(default_factory=Sync)
    urgent: Urgent = field(default_factory=Urgent)
    clock: Clock = field(default_factory=Clock)
    ledger: Ledger = field(default_factory=Ledger)
    receipts: Receipts = field(default_factory=Receipts)
    scanner: Scanner = field(default_factory=Scanner)
    verdict: VerdictSection = field(default_factory=VerdictSection)
    status: Status = field(default_factory=Status)
    page: Page = field(default_factory=Page)

    @property
    def is_demo(self) -> bool:
        return self.terminal.environment == "demo"

    @property
    def trusts_system_clock(self) -> bool:
        """Whether a system clock that nobody synchronised is believed: unless configured, in a demo only."""
        return self.is_demo if self.clock.trust_system is None else self.clock.trust_system

    @property
    def believes_heard_alone(self) -> bool:
        """Whether time that anybody may imitate counts without a second source that agrees: unless configured, in a demo only."""
        return self.is_demo if self.clock.heard == "auto" else self.clock.heard == "alone"


SECTIONS: Final[dict[str, type]] = {
    "terminal": Terminal,
    "camera": Camera,
    "panel": Panel,
    "pins": Pins,
    "gate": Gate,
    "trust": Trust,
    "sync": Sync,
    "urgent": Urgent,
    "clock": Clock,
    "ledger": Ledger,
    "receipts": Receipts,
    "scanner": Scanner,
    "verdict": VerdictSection,
    "status": Status,
    "page": Page,
}

#: Every setting by its dotted name ("panel.driver"), in the order of the sections.
SETTINGS: Final[dict[str, Setting]] = {
    f"{section}.{name}": setting for section, kind in SECTIONS.items() for name, setting in settings_of(kind)
}
