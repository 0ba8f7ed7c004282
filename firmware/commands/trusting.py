"""A Loaded configuration -> the TrustView, the profile and the clock that a command judges with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from firmware.commands.output import hint
from firmware.config import Config, anchors_folder, require_environment
from firmware.refusal import UnavailableError

if TYPE_CHECKING:
    from firmware.clock import SystemClock
    from firmware.verify.trust import TrustView


def open_trust(config: Config) -> TrustView:
    """All that this terminal believes. Raises UnavailableError with the next step, or ConfigError (another environment)."""
    from firmware.sync.record import linked_number
    from firmware.sync.store import FellBackError, TrustError, load_trust, read_anchors
    from firmware.sync.urgent import UrgentFolder
    from firmware.verify.urgent import heed

    folder = Path(config.trust.folder)
    if linked_number(folder) is None and not (folder / "trust.cwt").is_file():
        raise UnavailableError(f"no trust data: there is no {folder / 'trust.cwt'}", _next_step(config))
    anchors = anchors_folder(config)
    require_environment(config, anchors)
    try:
        try:
            view = load_trust(folder, anchors, config.terminal.environment)
        except FellBackError as error:
            hint(f"{error.what}; {error.next_step}")
            view = error.view
        own = read_anchors(anchors, config.terminal.environment)
        return heed(view, own, UrgentFolder(Path(config.urgent.folder)).read())[0]
    except TrustError as error:
        raise UnavailableError(error.what, error.next_step) from error


def open_clock(config: Config) -> SystemClock:
    """The system's clock, as far as this configuration believes it."""
    from firmware.clock import FloorFile, LinuxHost, SystemClock

    floor = FloorFile(Path(config.clock.floor))
    trust_system, heard_alone = config.trusts_system_clock, config.believes_heard_alone
    return SystemClock(LinuxHost(), floor, trust_system=trust_system, heard_alone=heard_alone)


def _next_step(config: Config) -> str:
    inside = Path(config.trust.folder) / "trust"
    if inside.is_dir():
        return f"the folder inside it holds trust data: --trust {inside}"
    if config.is_demo:
        return "make demo keys, lists and codes with `yanma-issuer demo DIR`, then give --trust DIR/trust"
    return "bring trust data (`yanma sync --from FOLDER`, or systemctl start yanma-sync), or give its folder with --trust DIR"
