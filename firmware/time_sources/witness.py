"""What a genuine live code says to the clock: of a phone little, of an issuer's server that it is not earlier."""

from __future__ import annotations

from collections.abc import Callable

from firmware.clock import SystemClock
from firmware.model import Sighting


def witness_for(clock: SystemClock) -> Callable[[Sighting], None]:
    """For the verifier's memory: told of every code whose signatures held."""

    def hear(sighting: Sighting) -> None:
        if sighting.made_s is None:
            return
        if sighting.holder is None:
            clock.hear_issuer(sighting.made_s)
        else:
            clock.hear_code(sighting.holder, sighting.made_s)

    return hear
