"""The barrier's pins: a relay that ends its own pulse, and an input. The only file of the gate that knows gpiozero.

Wire an active-high relay to a pin that boots low: the line is low before this process starts and after it ends.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol


class RelayError(Exception):
    """A pin of the barrier could not be driven or read."""


class Relay(Protocol):
    """All of it may raise RelayError, except close."""

    def pulse(self, pulse_ms: int) -> None: ...

    def hold(self) -> None: ...

    def off(self) -> None: ...

    def close(self) -> None: ...


class LoopInput(Protocol):
    """The barrier's own word on where it is: a limit switch or a loop in the road. May raise RelayError."""

    def active(self) -> bool: ...

    def close(self) -> None: ...


class GpioRelay:
    """A relay on one pin, off from the first moment. A pulse ends by its own timer, whatever the caller does."""

    def __init__(
        self, pin: int, factory: Any, *, active_high: bool = True, report: Callable[[bool], None] = lambda on: None
    ) -> None:
        """`factory` is a gpiozero pin factory, always handed in: gpiozero's own search falls back silently.

        `report` hears of every switching, from whichever thread it happens in, and must be quick.
        """
        from gpiozero import GPIOZeroError, OutputDevice  # type: ignore[import-untyped]

        self._errors = _pin_errors(GPIOZeroError)
        try:
            self._device = OutputDevice(pin, active_high=active_high, initial_value=False, pin_factory=factory)
        except self._errors as error:
            raise RelayError(f"relay on GPIO{pin}: {error}") from error
        self._report = report
        self._end: threading.Timer | None = None
        self._fault = ""  # after a pulse that could not be ended, no further one is given

    def pulse(self, pulse_ms: int) -> None:
        self._cancel_end()
        end = threading.Timer(pulse_ms / 1000, self._end_pulse)
        end.daemon = True
        self._drive(on=True)
        try:
            end.start()
        except RuntimeError as error:  # no more threads: nobody would switch off
            self._drive(on=False)
            raise RelayError(f"relay: {error}") from error
        self._end = end

    def hold(self) -> None:
        self._cancel_end()
        self._drive(on=True)

    def off(self) -> None:
        self._cancel_end()
        self._drive(on=False)

    def close(self) -> None:
        self._cancel_end()
        try:
            self._device.off()
        except self._errors:
            return  # the line is given back to the kernel by close, below or at the end of the process
        finally:
            self._device.close()
            self._report(False)

    def _end_pulse(self) -> None:
        try:
            self._device.off()
        except self._errors as error:
            self._fault = f"relay did not switch off: {error}"
        else:
            self._report(False)

    def _drive(self, *, on: bool) -> None:
        if on and self._fault:
            raise RelayError(self._fault)
        try:
            self._device.value = on
        except self._errors as error:
            raise RelayError(f"relay: {error}") from error
        self._report(on)

    def _cancel_end(self) -> None:
        end, self._end = self._end, None
        if end is not None:
            end.cancel()
            end.join()  # a timer that has begun is only switching off


class GpioLoop:
    """An input on one pin, with its pull towards rest."""

    def __init__(self, pin: int, factory: Any, *, active_low: bool = True) -> None:
        from gpiozero import DigitalInputDevice, GPIOZeroError

        self._errors = _pin_errors(GPIOZeroError)
        try:
            self._device = DigitalInputDevice(pin, pull_up=active_low, pin_factory=factory)
        except self._errors as error:
            raise RelayError(f"barrier input on GPIO{pin}: {error}") from error

    def active(self) -> bool:
        try:
            return bool(self._device.is_active)
        except self._errors as error:
            raise RelayError(f"barrier input: {error}") from error

    def close(self) -> None:
        self._device.close()


def _pin_errors(gpiozero_error: type[Exception]) -> tuple[type[Exception], ...]:
    """What driving a pin may raise: gpiozero lets the errors of lgpio through as they are."""
    return gpiozero_error, OSError, getattr(sys.modules.get("lgpio"), "error", OSError)
