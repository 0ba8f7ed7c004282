"""The check of the network sync: whether trust data still comes, and what keeps it away."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from firmware.doctor.finding import Finding, Machine, fail, ok, skip, warn
from firmware.doctor.state import age
from firmware.model import Outcome

#: Without a success for so long it is a failure: a day is when a post says that its lists are old.
_LONG_S: Final = 86_400.0
_LOOK: Final = "yanma sync status says why; docs/fleet.md what it means"


def sync(machine: Machine) -> Finding:
    from firmware.sync.last import load

    settings = machine.config.sync
    if settings.urls is None:
        return skip("sync.urls is none: trust data comes by stick or share")
    last = load(Path(settings.state))
    if last.tried_s is None:
        return warn("nothing was fetched yet", "sudo systemctl enable --now yanma-fetch.timer yanma-sync.path")
    if last.succeeded_s is None:
        return fail(f"never yet: {last.trouble}: {last.what}", _LOOK)
    since_s = max(0.0, machine.clock().moment().utc_s - last.succeeded_s)
    evidence = f"last success {age(since_s)} ago"
    if last.freshness is Outcome.UNKNOWN:
        evidence += ", freshness not proven (no clock)"
    if last.trouble is not None:
        evidence += f"; since then {last.failures} failed: {last.trouble}"
    if since_s > _LONG_S:
        return fail(evidence, _LOOK)
    if last.trouble is not None or since_s > 4 * settings.period_s:
        return warn(evidence, _LOOK)
    return ok(evidence)
