"""A post's TOML file -> model.Profile. The files here are data; a path to one's own file is taken as well."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from firmware.model import Kind, Profile, Way, Word
from firmware.refusal import ConfigError
from firmware.toml_file import did_you_mean, read_toml

_E = TypeVar("_E", bound=StrEnum)
#: The posts that come with the product.
NAMES: Final = ("police", "gate", "insurer", "dealer")
_HOURS: Final = ("status_warn_hours", "status_unsure_hours")
_SWITCHES: Final = ("wanted", "plate_tail_only", "discreet", "kiosk", "asks_day")
_KEYS: Final = (
    "name",
    "asks_for",
    "accepts",
    *_HOURS,
    "phone_allowance_s",
    "notice_days",
    "stop_words",
    *_SWITCHES,
    "purposes",
    "required_class",
)
_MAX_HOURS: Final = 24 * 365
_MAX_ALLOWANCE_S: Final = 60
_MAX_NOTICE_DAYS: Final = 366


def load_profile(name_or_path: str) -> Profile:
    """The profile of a post ("police") or of a file ("./site.toml", "/etc/yanma/site.toml").

    Raises ConfigError, naming file, key and what was expected.
    """
    if name_or_path in NAMES:
        path = Path(__file__).parent / f"{name_or_path}.toml"
    elif name_or_path.endswith(".toml"):
        path = Path(name_or_path)
    else:
        raise ConfigError(
            f'unknown profile "{name_or_path}"', did_you_mean(name_or_path, NAMES) + " A path must end in .toml."
        )
    return _Reader(path, read_toml(path)).profile()


class _Reader:
    """One file's table, read key by key; each wrong one is a ConfigError that names it."""

    def __init__(self, path: Path, table: Mapping[str, Any]) -> None:
        self._path = path
        self._table = table

    def profile(self) -> Profile:
        for key in self._table:
            if key not in _KEYS:
                raise ConfigError(f'{self._path}: unknown key "{key}"', did_you_mean(key, _KEYS))
        warn_s, unsure_s = (self._number(key, 1, _MAX_HOURS) * 3600.0 for key in _HOURS)
        if warn_s > unsure_s:
            raise self._wrong("status_warn_hours", "at most status_unsure_hours")
        days = self._number("notice_days", 0, _MAX_NOTICE_DAYS) if "notice_days" in self._table else None
        asks_for = self._one_of("asks_for", self._need("asks_for"), Kind)
        accepts = self._accepts()
        if asks_for not in [kind for kind, _ in accepts]:
            raise self._wrong("asks_for", "one of the kinds under [accepts]")
        return Profile(
            name=self._name(),
            accepts=accepts,
            asks_for=asks_for,
            status_warn_s=warn_s,
            status_unsure_s=unsure_s,
            phone_allowance_s=float(self._number("phone_allowance_s", 0, _MAX_ALLOWANCE_S)),
            notice_days=None if days is None else int(days),
            stop_words=frozenset(self._one_of("stop_words", word, Word) for word in self._list("stop_words")),
            wanted=self._switch("wanted"),
            plate_tail_only=self._switch("plate_tail_only"),
            discreet=self._switch("discreet"),
            kiosk=self._switch("kiosk"),
            asks_day=self._switch("asks_day"),
            purposes=frozenset(self._texts("purposes")) if "purposes" in self._table else frozenset(),
            required_class=self._text("required_class", 2) if "required_class" in self._table else None,
        )

    def _accepts(self) -> tuple[tuple[Kind, tuple[Way, ...]], ...]:
        table = self._need("accepts")
        if not isinstance(table, dict) or not table:
            raise self._wrong("accepts", "a section [accepts] with at least one kind")
        accepts = []
        for kind, ways in table.items():
            if not isinstance(ways, list) or not ways:
                raise self._wrong(f"accepts.{kind}", 'a list of ways, as ["live", "printed"]')
            found = tuple(self._one_of(f"accepts.{kind}", way, Way) for way in ways)
            accepts.append((self._one_of("accepts", kind, Kind), found))
        return tuple(accepts)

    def _name(self) -> str:
        return self._text("name", 32)

    def _text(self, key: str, most: int) -> str:
        text = self._need(key)
        if not isinstance(text, str) or not 1 <= len(text) <= most:
            raise self._wrong(key, f"a text of 1 to {most} characters")
        return text

    def _texts(self, key: str) -> list[str]:
        texts = self._list(key)
        if not all(isinstance(text, str) and 1 <= len(text) <= 16 for text in texts):
            raise self._wrong(key, "a list of texts of 1 to 16 characters")
        return texts

    def _need(self, key: str) -> Any:
        if key not in self._table:
            raise ConfigError(f'{self._path}: "{key}" is missing', "copy one of the packaged profiles and change it")
        return self._table[key]

    def _number(self, key: str, low: int, high: int) -> float:
        value = self._need(key)
        if type(value) not in (int, float) or not low <= value <= high:
            raise self._wrong(key, f"a number from {low} to {high}")
        return float(value)

    def _switch(self, key: str) -> bool:
        value = self._need(key)
        if not isinstance(value, bool):
            raise self._wrong(key, "true | false")
        return value

    def _list(self, key: str) -> list[Any]:
        value = self._need(key)
        if not isinstance(value, list):
            raise self._wrong(key, "a list")
        return value

    def _one_of(self, key: str, value: object, words: type[_E]) -> _E:
        known = [str(word) for word in words]
        if not isinstance(value, str) or value not in known:
            raise ConfigError(f"{self._path}: {key}: unknown {value!r}", did_you_mean(str(value)[:80], known))
        return words(value)

    def _wrong(self, key: str, expected: str) -> ConfigError:
        value = self._table.get(key)
        return ConfigError(f"{self._path}: {key} = {str(value)[:80]!r}: expected {expected}", "correct that line")
