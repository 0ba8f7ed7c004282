"""Results -> what the commissioning record says of this terminal: its name, its settings' digest, its time, its baseline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from firmware import __version__
from firmware.config import Loaded
from firmware.ledger.commissioning.body import FORMAT, Outcome
from firmware.ledger.device import DeviceKey
from firmware.model import ClockLevel, Moment
from firmware.selftest.plan import Step
from firmware.selftest.result import Result

#: The figures that a later day is compared with, of lines that passed.
BASELINE: Final = (
    (Step.DISPLAY, "errors"),
    (Step.CAMERA, "fps_tenths"),
    (Step.LIGHT, "luma"),
    (Step.LIGHT, "veil_permille"),
    (Step.FOCUS, "peak"),
    (Step.CARD_NEAR, "sharpness"),
    (Step.CARD_NEAR, "module_px_tenths"),
    (Step.CARD_FAR, "module_px_tenths"),
)


def said_of(
    results: Sequence[Result], loaded: Loaded, moment: Moment, key: DeviceKey, *, attended: bool
) -> dict[str, Any]:
    """The record's body without its place in the row (ledger.commissioning.folder.add gives it one)."""
    terminal = loaded.config.terminal
    known = moment.level not in (ClockLevel.T0, ClockLevel.T1)
    return {
        "format": FORMAT,
        "device": {"id": key.id, "key": key.note_key.text, "firmware": __version__},
        "terminal": {
            "id": terminal.id,
            "lane": terminal.lane,
            "profile": terminal.profile,
            "environment": terminal.environment,
        },
        "config": loaded.digest,
        "made": {
            "utc_s": int(moment.utc_s) if known else None,
            "clock": moment.level.value,
            "doubt_s": math.ceil(moment.doubt_s) if known else None,
        },
        "attended": attended,
        "lines": [result.line.fields for result in results],
        "baseline": baseline_of(results),
    }


def baseline_of(results: Sequence[Result]) -> dict[str, int]:
    figures = {result.line.name: result.line.figures or {} for result in results if result.line.outcome is Outcome.PASS}
    return {f"{step}_{name}": figures[step][name] for step, name in BASELINE if name in figures.get(step, {})}
