"""The check of the commissioning record: whether this terminal was ever tested whole, and what was found."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from firmware.doctor.finding import Finding, Machine, fail, ok, skip, warn
from firmware.doctor.state import age

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
        record = last(folder_of(ledger), own_public(ledger, machine.environ))
    except PermissionError:
        return skip("the record may be read by the terminal's user alone")
    except LedgerDamagedError as error:
        return fail(f"the last record does not hold: {error}", _RUN)
    if record is None:
        return skip("never; a demo needs no record") if machine.config.is_demo else warn("never", _RUN)
    made_s, now_s = record.made_s, machine.clock().moment().utc_s
    when = "at an unknown time" if made_s is None else f"{age(max(0.0, now_s - made_s))} ago"
    evidence = f"record {record.number}, {when}"
    if record.body["config"] != machine.loaded.digest:
        evidence += ", other settings than now"
    failing = [line.name for line in record.lines if line.outcome is Outcome.FAIL]
    unseen = [line.name for line in record.lines if line.why is Why.NOT_CONFIRMED]
    if failing:
        return warn(f"{evidence}: FAIL {', '.join(failing)}", _RUN)
    if unseen:
        return warn(f"{evidence}: nobody confirmed {', '.join(unseen)}", _RUN)
    return ok(evidence)
