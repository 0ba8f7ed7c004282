"""What no person sees: clock, card, ledger, trust, sync. Where the doctor has a check, its finding is the line."""

from __future__ import annotations

import math
import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from firmware.doctor import state, syncing
from firmware.doctor.finding import Finding, State
from firmware.ledger.store import LedgerStore
from firmware.model import ClockLevel
from firmware.selftest.plan import Step
from firmware.selftest.result import Result, failed, not_fitted, passed
from firmware.selftest.rig import Rig

_PROBE_KIB: Final = 64
_MIB: Final = 1 << 20


def clock(rig: Rig, until_s: float) -> Result:
    """What is known of the time now; a terminal that only knows a floor answers live codes with "clock not trusted"."""
    system = rig.machine.clock()
    moment = system.moment()
    figures = {"level": int(moment.level[1:]), "sources": len(system.samples())}
    if moment.level not in (ClockLevel.T2, ClockLevel.T3):
        bad = rig.words("clock.bad", level=moment.level, why=system.why)
        return failed(Step.CLOCK, bad, rig.words("clock.remedy"), figures)
    doubt_s = math.ceil(moment.doubt_s)
    good = rig.words("clock.good", level=moment.level, doubt=doubt_s, why=system.why)
    return passed(Step.CLOCK, good, figures | {"doubt_s": doubt_s})


def storage(rig: Rig, until_s: float) -> Result:
    """Write, sync and read back where the records go. The read-back may come from memory: only a restart proves a card."""
    step, folder = Step.STORAGE, Path(rig.config.ledger.folder)
    probe = secrets.token_bytes(_PROBE_KIB << 10)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe-") as file:
        file.write(probe)
        file.flush()
        os.fsync(file.fileno())
        same = Path(file.name).read_bytes() == probe
    free_mb = rig.machine.free_bytes(folder) // _MIB
    figures = {"free_mb": free_mb}
    if not same:
        return failed(step, rig.words("storage.differs"), rig.words("storage.remedy"), figures)
    if free_mb < state.LOW_SPACE_MB:
        return failed(step, rig.words("storage.full", free=free_mb), rig.words("storage.remedy"), figures)
    return passed(step, rig.words("storage.good", kib=_PROBE_KIB, free=free_mb), figures)


def ledger(rig: Rig, until_s: float) -> Result:
    """Opened as the terminal opens it; a checkpoint is signed and its signature verified."""
    store = LedgerStore(Path(rig.config.ledger.folder), rig.credential)
    try:
        store.checkpoint().require(store.key.note_key)
        records = store.count()
    finally:
        store.close()
    return passed(Step.LEDGER, rig.words("ledger.good", records=records, device=store.key.id), {"records": records})


def trust(rig: Rig, until_s: float) -> Result:
    return _found(rig, Step.TRUST, state.trust(rig.machine))


def sync(rig: Rig, until_s: float) -> Result:
    return _found(rig, Step.SYNC, syncing.sync(rig.machine))


def _found(rig: Rig, step: Step, finding: Finding) -> Result:
    """A warning fails as well: a terminal is not handed over with something that will trouble it."""
    if finding.state is State.SKIP:
        return not_fitted(step, finding.evidence)
    if finding.state is State.OK:
        return passed(step, finding.evidence)
    return failed(step, finding.evidence, rig.words(f"{step}.remedy"))
