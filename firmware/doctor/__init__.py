"""The machine -> one finding a trap, each with its remedy. Changes nothing, except a probe file that it removes again.

To add a check: a function `(Machine) -> Finding` in one of the files here, a line in CHECKS, and its failing fixture in
tests/doctor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from firmware.doctor import commissioning, hardware, software, state, syncing, timing
from firmware.doctor.finding import Finding, Machine, State, fail
from firmware.refusal import Refusal

Check = Callable[[Machine], Finding]

#: In the order in which they are shown: what is installed, what is wired, what is known.
CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("python", software.python),
    ("packages", software.packages),
    ("second-reader", software.second_reader),
    ("signatures", software.signatures),
    ("fonts", software.fonts),
    ("camera", hardware.camera),
    ("panel", hardware.panel),
    ("i2c-speed", hardware.i2c_speed),
    ("pins", hardware.pins),
    ("lgpio-folder", hardware.lgpio_folder),
    ("gate", hardware.gate),
    ("released-pins", hardware.released_pins),
    ("power", hardware.power),
    ("heat", hardware.heat),
    ("watchdog", hardware.watchdog),
    ("swap", state.swap),
    ("config", state.settings),
    ("trust", state.trust),
    ("sync", syncing.sync),
    ("clock", timing.clock),
    ("rtc", timing.rtc),
    ("signed-time", timing.reply),
    ("chrony", timing.chrony),
    ("gnss", timing.gnss),
    ("panel-wear", state.panel_wear),
    ("ledger", state.ledger),
    ("secrets", state.secrets),
    ("space", state.space),
    ("commissioned", commissioning.commissioned),
)


def examine(machine: Machine) -> Iterator[tuple[str, Finding]]:
    """Each check's finding, as soon as it is known. A check that cannot do its work is a failure with the cause."""
    for name, check in CHECKS:
        try:
            yield name, check(machine)
        except Refusal as refusal:
            yield name, fail(refusal.what, refusal.next_step)
        except (OSError, ValueError, ImportError) as error:
            yield name, fail(f"{type(error).__name__}: {error}", "see the evidence; the check itself could not be made")


__all__ = ["CHECKS", "Finding", "Machine", "State", "examine"]
