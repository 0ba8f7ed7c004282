"""The steps in their order, and how long each may take. Pure: the sum is tested."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LIMIT_S: Final = 90.0


class Step(StrEnum):
    """The lines of the self-test, by the names that the record has."""

    DISPLAY = "display"
    LAMPS = "lamps"
    SOUND = "sound"
    VIBRATION = "vibration"
    KEYS = "keys"
    CAMERA = "camera"
    LIGHT = "light"
    BANDING = "banding"
    FOCUS = "focus"
    CARD_NEAR = "card-near"
    CARD_FAR = "card-far"
    CLOCK = "clock"
    STORAGE = "storage"
    LEDGER = "ledger"
    TRUST = "trust"
    SYNC = "sync"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Planned:
    """A step and its share of the time. `may_hang`: it waits for a disk or a bus, which may never answer."""

    step: Step
    budget_s: float
    may_hang: bool = False


#: The relay is last: its settle time is over by then.
PLAN: Final = (
    Planned(Step.DISPLAY, 12.0),
    Planned(Step.LAMPS, 8.0),
    Planned(Step.SOUND, 6.0),
    Planned(Step.VIBRATION, 6.0),
    Planned(Step.KEYS, 6.0),
    Planned(Step.CAMERA, 6.0),
    Planned(Step.LIGHT, 1.0),
    Planned(Step.BANDING, 1.0),
    Planned(Step.FOCUS, 10.0),
    Planned(Step.CARD_NEAR, 6.0),
    Planned(Step.CARD_FAR, 6.0),
    Planned(Step.CLOCK, 2.0, may_hang=True),
    Planned(Step.STORAGE, 3.0, may_hang=True),
    Planned(Step.LEDGER, 2.0, may_hang=True),
    Planned(Step.TRUST, 4.0, may_hang=True),
    Planned(Step.SYNC, 1.0, may_hang=True),
    Planned(Step.RELAY, 9.0),
)
