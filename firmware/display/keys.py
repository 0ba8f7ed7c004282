"""The two keys on GPIO pins. A press is told when the key is let go, or as soon as it has been held long."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from firmware.display.pins import PinsError
from firmware.model import Key, KeyPress

if TYPE_CHECKING:
    from gpiozero import Button, Factory  # type: ignore[import-untyped]

#: MODE held opens commissioning: nobody does that in passing.
LONG_S: Final[Mapping[Key, float]] = {Key.NEXT: 0.8, Key.MODE: 5.0}
#: A switch bounces for a few milliseconds; a thumb in a glove is never this quick.
BOUNCE_S: Final = 0.03
#: Presses that nobody has asked for yet; more are a switch that is stuck or shaken.
WAITING: Final = 8


class GpioKeys:
    """Switches between a pin and ground, with the pin's own pull-up. Owns the pins."""

    def __init__(self, numbers: dict[Key, int], factory: Factory, *, long_s: Mapping[Key, float] = LONG_S) -> None:
        """Take the pins. Raises PinsError when one cannot be had."""
        from gpiozero import Button, GPIOZeroError

        self._presses: deque[KeyPress] = deque(maxlen=WAITING)
        self._held: set[Key] = set()
        self._buttons: list[Button] = []
        for key, number in numbers.items():
            try:
                button = Button(number, pull_up=True, bounce_time=BOUNCE_S, hold_time=long_s[key], pin_factory=factory)
            except (OSError, GPIOZeroError) as fault:
                self.close()
                raise PinsError(
                    f"the {key} key on GPIO{number}: {fault}; is another program holding the pin?"
                ) from fault
            button.when_held = lambda key=key: self._hold(key)
            button.when_released = lambda key=key: self._release(key)
            self._buttons.append(button)

    def presses(self) -> list[KeyPress]:
        """What was pressed since the last call, in order."""
        found = []
        while self._presses:
            found.append(self._presses.popleft())
        return found

    def close(self) -> None:
        """Let the pins go."""
        for button in self._buttons:
            button.close()

    def _hold(self, key: Key) -> None:
        self._held.add(key)
        self._presses.append(KeyPress(key, long=True))

    def _release(self, key: Key) -> None:
        if key in self._held:
            self._held.discard(key)
        else:
            self._presses.append(KeyPress(key))
