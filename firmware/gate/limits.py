"""All limits of the barrier in one place, and what it does when the terminal is out of service."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailMode(StrEnum):
    """What an entry does while the terminal is running but out of service (no frames, no trust)."""

    CLOSED = "closed"  # relay off at once; cars use the manual lane
    OPEN = "open"  # relay held on until the terminal is back: fire exits
    LAST = "last"  # nothing changes: a pulse that has begun runs to its end


@dataclass(frozen=True, slots=True)
class GateLimits:
    """Ranges are refused here, so that no other place has to ask."""

    pulse_ms: int = 500
    lockout_ms: int = 3000  # from one pulse to the next
    max_pulses_per_minute: int = 10
    settle_s: float = 10.0  # after start, in which the relay never moves
    open_timeout_s: float = 10.0  # from the pulse to the barrier's own input
    fail_mode: FailMode = FailMode.CLOSED

    def __post_init__(self) -> None:
        for name, low, value, high in (
            ("pulse_ms", 50, self.pulse_ms, 5000),
            ("lockout_ms", self.pulse_ms, self.lockout_ms, 60_000),
            ("max_pulses_per_minute", 1, self.max_pulses_per_minute, 60),
            ("settle_s", 10.0, self.settle_s, 600.0),
            ("open_timeout_s", 1.0, self.open_timeout_s, 120.0),
        ):
            if not low <= value <= high:
                raise ValueError(f"gate.{name} must lie in {low} to {high}, not {value}")
