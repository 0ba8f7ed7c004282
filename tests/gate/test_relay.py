"""The relay on a simulated pin: low at start, low after every pulse, low after every end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from firmware.gate.barrier import Barrier, GateWord
from firmware.gate.limits import GateLimits
from firmware.gate.relay import GpioLoop, GpioRelay, RelayError
from tests.gate.test_barrier import GO, LATER_S

PIN = 24
PATIENCE_S = 5.0


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    made = MockFactory()
    yield made
    made.reset()


@pytest.fixture
def pin(factory: MockFactory) -> MockPin:
    return factory.pin(PIN)


def wait_until(holds: Callable[[], bool]) -> None:
    ends_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends_s, "it never happened"
        time.sleep(0.002)


def levels(pin: MockPin) -> list[bool]:
    return [bool(state.state) for state in pin.states]


def test_a_relay_is_off_from_the_first_moment(factory: MockFactory, pin: MockPin) -> None:
    relay = GpioRelay(PIN, factory)
    assert pin.function == "output"
    assert True not in levels(pin)
    relay.close()
    assert True not in levels(pin)


def test_a_pulse_ends_by_itself_after_its_time(factory: MockFactory, pin: MockPin) -> None:
    relay = GpioRelay(PIN, factory)
    pin.clear_states()
    relay.pulse(60)
    assert pin.state
    wait_until(lambda: not pin.state)
    assert levels(pin)[-2:] == [True, False]
    assert 0.05 <= pin.states[-1].timestamp <= 1.0  # seconds since the state before it
    relay.close()


def test_stopping_in_a_pulse_switches_off_at_once(factory: MockFactory, pin: MockPin) -> None:
    relay = GpioRelay(PIN, factory)
    relay.pulse(5000)
    relay.off()
    assert not pin.state
    relay.pulse(5000)
    relay.close()
    assert levels(pin)[-1] is False


def test_an_active_low_relay_is_high_at_rest(factory: MockFactory, pin: MockPin) -> None:
    relay = GpioRelay(PIN, factory, active_high=False)
    assert pin.state
    relay.hold()
    assert not pin.state
    relay.off()
    assert pin.state
    relay.close()


def test_an_exception_in_the_owner_leaves_the_relay_off(factory: MockFactory, pin: MockPin) -> None:
    barrier = Barrier(GpioRelay(PIN, factory), GateLimits(pulse_ms=5000, lockout_ms=5000), 0.0)

    def crash() -> None:
        try:
            assert [event.what for event in barrier.decide(GO, LATER_S)] == [GateWord.GRANTED]
            raise RuntimeError("a fault in the loop")
        finally:
            barrier.close()

    with pytest.raises(RuntimeError, match="a fault in the loop"):
        crash()
    assert levels(pin)[-1] is False


def test_a_pin_in_use_is_named(factory: MockFactory) -> None:
    relay = GpioRelay(PIN, factory)
    with pytest.raises(RelayError, match="GPIO24"):
        GpioRelay(PIN, factory)
    relay.close()


def test_after_a_pulse_that_could_not_be_ended_no_other_is_given(factory: MockFactory) -> None:
    relay = GpioRelay(PIN, factory)
    relay.pulse(60)
    relay._device.close()  # the line goes away in the middle of the pulse
    wait_until(lambda: bool(relay._fault))
    with pytest.raises(RelayError, match="did not switch off"):
        relay.pulse(60)
    relay.close()


def test_the_loop_input_follows_its_pin(factory: MockFactory) -> None:
    loop = GpioLoop(25, factory)
    assert not loop.active()
    factory.pin(25).drive_low()
    assert loop.active()
    factory.pin(25).drive_high()
    assert not loop.active()
    loop.close()
