"""The check of the commissioning record: whether this terminal was ever tested whole, and what was found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from firmware.doctor.finding import Finding, Machine, fail, ok, skip, warn
from firmware.doctor.state import age
from firmware.model import ClockLevel, Moment

_RUN: Final = (
    "sudo systemctl stop yanma-terminal; sudo -u yanma-terminal env -C /tmp /opt/yanma/.venv/bin/yanma selftest"
)


def commissioned(machine: Machine) -> Finding:
    from firmware.ledger.commissioning.body import Outcome, Why
    from firmware.ledger.commissioning.folder import folder_of, last
    from firmware.ledger.device import own_public
    from firmware.ledger.errors import LedgerDamagedError

    ledger = Path(machine.config.ledger.folder)
    try:
        record = last(folder_of(ledger), own_public(ledger, machine.environ), machine.config.terminal.lane)
    except PermissionError:
        return skip("the record may be read by the terminal's user alone")
    except LedgerDamagedError as error:
        return fail(f"the last record does not hold: {error}", _RUN)
    if record is None:
        return skip("never; a demo needs no record") if machine.config.is_demo else warn("never", _RUN)
    evidence = f"record {record.number}, {_when(record.made_s, machine.clock().moment())}"
    if record.body["config"] != machine.loaded.digest:
        evidence += ", other settings than now"
    failing = [line.name for line in record.lines if line.outcome is Outcome.FAIL]
    unseen = [line.name for line in record.lines if line.why is Why.NOT_CONFIRMED]
    if failing:
        return warn(f"{evidence}: FAIL {', '.join(failing)}", _RUN)
    if unseen:
        return warn(f"{evidence}: nobody confirmed {', '.join(unseen)}", _RUN)
    return ok(evidence)


def _when(made_s: int | None, now: Moment) -> str:
    """How long ago, where both times are known; else what is known of them."""
    if made_s is None:
        return "at an unknown time"
    if now.level not in (ClockLevel.T2, ClockLevel.T3):
        return f"made {datetime.fromtimestamp(made_s, UTC).date()}"
    return f"{age(max(0.0, now.utc_s - made_s))} ago"
