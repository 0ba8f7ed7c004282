"""Every output off, whatever a program that was killed has left on: first what moves, then lamps and sound, then the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

from firmware.config import Config
from firmware.gate_fitting import open_factory, open_relay, unseen
from firmware.refusal import UnavailableError

if TYPE_CHECKING:
    from gpiozero import Factory  # type: ignore[import-untyped]


class Part(Protocol):
    """An output that is off when it is opened."""

    def close(self) -> None: ...


def switch_off(config: Config) -> Iterator[str]:
    """Take each output that is fitted and leave it off; gives the name of each as it is done.

    A part that fails keeps none of the others on: its refusal is raised last.
    """
    factory = open_factory(config)
    failed: list[UnavailableError] = []
    with ExitStack() as held:  # the relay's line is held low until the rest is done
        for name, open_part in _parts(config, factory):
            try:
                held.callback(open_part().close)
                yield name
            except UnavailableError as error:
                failed.append(error)
    if failed:
        raise failed[0]


def _parts(config: Config, factory: Factory | None) -> Iterator[tuple[str, Callable[[], Part]]]:
    relay = config.pins.relay
    if config.gate.mode != "off" and factory is not None and relay is not None:
        yield "relay", lambda: open_relay(relay, config, factory, unseen)
    from firmware.fittings import openers  # after the relay: on a Pi the picture libraries take a second to load

    yield from openers(config, factory)
