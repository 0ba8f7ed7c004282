"""Layers of settings -> one frozen, range-checked, printable Config, and where each value came from.

Later layers win: package defaults, /etc/yanma/config.toml, /etc/yanma/config.d/*.toml (by name), a file of one's own
(--config, YANMA_CONFIG), variables (YANMA_PANEL__DRIVER=none), flags (--set panel.driver=none). Nothing here asks the
system: the caller hands in folder, variables and flags.

The environment (demo, staging, production) is the one setting that layers may not change: once a layer names it,
another layer that names a different one is refused, so that a stray variable never turns a real terminal into a demo,
or a demo into a real one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from firmware.config_schema import OLEDS, SECTIONS, SETTINGS, Config, settings_of
from firmware.refusal import ConfigError
from firmware.toml_file import did_you_mean, read_toml

__all__ = [
    "Config",
    "ConfigError",
    "Flag",
    "Loaded",
    "anchors_folder",
    "load_config",
    "receipts_folder",
    "require_environment",
]

ETC: Final = Path("/etc/yanma")
DEFAULT_ORIGIN: Final = "package default"
DEMO_ORIGIN: Final = "package default for demo"
ENVIRONMENT_KEY: Final = "terminal.environment"
VARIABLE_PREFIX: Final = "YANMA_"
MAX_DROP_INS: Final = 64
#: BCM numbers that bus 1 of I2C and bus 0 of SPI take.
I2C_PINS: Final = (2, 3)
SPI_PINS: Final = (7, 8, 9, 10, 11)
#: Where public anchors are installed, one folder per environment: a device, then a source tree.
ANCHOR_HOMES: Final = (Path("/usr/share/yanma/keys"), Path(__file__).parent.parent / "keys")


@dataclass(frozen=True, slots=True)
class Flag:
    """One setting given on the command line: dotted name, its word, and the flag as it was typed."""

    key: str
    word: str
    typed: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The Config and the origin of each of its values, by dotted name."""

    config: Config
    origins: Mapping[str, str]

    def items(self) -> Iterator[tuple[str, Any, str]]:
        """(dotted name, value, origin) of every setting, in the order of the sections."""
        for key in SETTINGS:
            yield key, value_of(self.config, key), self.origins[key]

    @property
    def digest(self) -> str:
        """SHA-256 over every setting as a TOML line: whether a terminal is still set as it was."""
        text = "".join(f"{key} = {SETTINGS[key].to_toml(value)}\n" for key, value, _ in self.items())
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Given:
    value: Any
    origin: str


def load_config(
    *,
    etc: Path = ETC,
    own: Path | None = None,
    environ: Mapping[str, str] | None = None,
    flags: Iterable[Flag] = (),
) -> Loaded:
    """Read all layers. `own` is one more file, read after those of `etc`: it never takes their environment away.

    Raises ConfigError, naming key, value, origin and what was expected, for anything that is not exactly right.
    """
    given: dict[str, _Given] = {}
    for path in [*_files_of(etc), *([own] if own is not None else [])]:
        _lay(given, _from_file(path))
    _lay(given, _from_variables(environ or {}))
    _lay(given, _from_flags(flags))
    for key, value in _demo_defaults(given, environ or {}).items():
        given.setdefault(key, _Given(value, DEMO_ORIGIN))
    config = _build(given)
    _require_distinct_pins(config, given)
    origins = {key: given[key].origin if key in given else DEFAULT_ORIGIN for key in SETTINGS}
    return Loaded(config, origins)


def value_of(config: Config, key: str) -> Any:
    """The value of a dotted name."""
    section, _, name = key.partition(".")
    return getattr(getattr(config, section), name)


def anchors_folder(config: Config) -> Path:
    """The folder of anchors that this configuration believes. A demo brings its own beside its trust data."""
    if config.trust.anchors is not None:
        return Path(config.trust.anchors)
    if config.is_demo:
        return Path(config.trust.folder) / "anchors"
    installed = [home / config.terminal.environment for home in ANCHOR_HOMES]
    return next((folder for folder in installed if folder.is_dir()), installed[0])


def receipts_folder(config: Config) -> Path:
    """Where the terminal's own receipts lie: inside the ledger's folder, which no other user sees."""
    named = config.receipts.folder
    return Path(config.ledger.folder) / "receipts" if named is None else Path(named)


def require_environment(config: Config, anchors: Path) -> None:
    """Refuse anchors made for another environment. Raises ConfigError; says nothing of whether they can be trusted."""
    wanted = config.terminal.environment
    for path in sorted(anchors.glob("*.toml")):
        found = read_toml(path).get("environment")
        if found != wanted:
            raise ConfigError(
                f"{path}: these anchors are for environment {found!r}, but terminal.environment = {wanted!r}",
                f"use the anchors of {wanted}, or run this terminal as what its keys are for",
            )


def _demo_defaults(given: Mapping[str, _Given], environ: Mapping[str, str]) -> dict[str, str]:
    """A demo runs as any user on any laptop, so its state lives in that user's own folder (XDG base directories)."""
    environment = given.get(ENVIRONMENT_KEY)
    home = environ.get("XDG_STATE_HOME") or (environ.get("HOME", "") and f"{environ['HOME']}/.local/state")
    if (environment is not None and environment.value != "demo") or not home:
        return {}
    folder = f"{home}/yanma/demo"
    return {
        "trust.folder": f"{folder}/trust",
        "sync.source": f"{folder}/incoming",
        "sync.state": f"{folder}/fetch",
        "ledger.folder": f"{folder}/ledger",
        "ledger.outbox": f"{folder}/outbox",
        "ledger.inbox": f"{folder}/receipts",
        "clock.floor": f"{folder}/clock-floor",
    }


def _files_of(etc: Path) -> list[Path]:
    drop_ins = sorted(etc.glob("config.d/*.toml"))
    if len(drop_ins) > MAX_DROP_INS:
        raise ConfigError(f"{etc}/config.d: more than {MAX_DROP_INS} files", "join some of them")
    main = etc / "config.toml"
    return ([main] if main.exists() else []) + drop_ins


def _from_file(path: Path) -> Iterator[tuple[str, _Given]]:
    origin = str(path)
    for section, table in read_toml(path).items():
        if section not in SECTIONS:
            raise ConfigError(f"{origin}: unknown section [{section}]", did_you_mean(section, SECTIONS))
        if not isinstance(table, dict):
            raise ConfigError(f"{origin}: {section} = {table!r}: expected a section", f"write [{section}] above it")
        for name, value in table.items():
            key = _known(f"{section}.{name}", origin)
            yield key, _accepted(key, value, origin)


def _from_variables(environ: Mapping[str, str]) -> Iterator[tuple[str, _Given]]:
    for variable in sorted(environ):
        rest = variable.removeprefix(VARIABLE_PREFIX)
        if rest == variable:
            continue
        origin = f"environment {variable}"
        key = rest.lower().replace("__", ".")
        if "__" not in rest:
            meant = rest.lower().replace("_", ".", 1)
            if meant in SETTINGS:
                right = VARIABLE_PREFIX + meant.upper().replace(".", "__")
                raise ConfigError(f"{origin}: not a setting", f'did you mean "{right}"?')
            continue
        yield _known(key, origin), _accepted_word(key, environ[variable], origin)


def _from_flags(flags: Iterable[Flag]) -> Iterator[tuple[str, _Given]]:
    for flag in flags:
        origin = f"flag {flag.typed}"
        yield _known(flag.key, origin), _accepted_word(flag.key, flag.word, origin)


def _known(key: str, origin: str) -> str:
    if key not in SETTINGS:
        raise ConfigError(f'{origin}: unknown setting "{key}"', did_you_mean(key, SETTINGS))
    return key


def _accepted(key: str, value: object, origin: str) -> _Given:
    try:
        return _Given(SETTINGS[key].accept(value), origin)
    except ValueError as error:
        raise _refused(key, value, origin, error) from None


def _accepted_word(key: str, word: str, origin: str) -> _Given:
    try:
        return _Given(SETTINGS[key].from_word(word), origin)
    except ValueError as error:
        raise _refused(key, word, origin, error) from None


def _refused(key: str, value: object, origin: str, error: ValueError) -> ConfigError:
    return ConfigError(f"{origin}: {key} = {str(value)[:80]!r}: expected {error}", f"{key}: {SETTINGS[key].help}")


def _lay(given: dict[str, _Given], layer: Iterable[tuple[str, _Given]]) -> None:
    for key, new in layer:
        old = given.get(key)
        if key == ENVIRONMENT_KEY and old is not None and old.value != new.value:
            raise ConfigError(
                f"{new.origin}: {key} = {new.value!r}, but {old.origin} says {old.value!r}",
                "a terminal is of one environment; name it in one place only",
            )
        given[key] = new


def _build(given: Mapping[str, _Given]) -> Config:
    sections: dict[str, Any] = {}
    for section, kind in SECTIONS.items():
        names = [name for name, _ in settings_of(kind)]
        values = {name: given[f"{section}.{name}"].value for name in names if f"{section}.{name}" in given}
        sections[section] = kind(**values)
    return Config(**sections)


def _require_distinct_pins(config: Config, given: Mapping[str, _Given]) -> None:
    """No two devices on one pin, and none on the pins of the panel's bus."""
    used = _panel_pins(config)
    for name in ("buzzer", "lamp_green", "lamp_amber", "lamp_red", "vibration", "relay", "loop"):
        key, pin = f"pins.{name}", getattr(config.pins, name)
        if pin is None:
            continue
        if pin in used:
            origin = given[key].origin if key in given else DEFAULT_ORIGIN
            raise ConfigError(f"{origin}: {key} = {pin}: {used[pin]} uses that pin", 'give each its own pin, or "none"')
        used[pin] = key


def _panel_pins(config: Config) -> dict[int, str]:
    if config.panel.driver not in OLEDS:
        return {}
    if config.panel.bus == "i2c":
        return dict.fromkeys(I2C_PINS, "the I2C bus")
    lines = {config.panel.dc_pin: "panel.dc_pin", config.panel.reset_pin: "panel.reset_pin"}
    return dict.fromkeys(SPI_PINS, "the SPI bus") | lines
