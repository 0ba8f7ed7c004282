"""`yanma sync fetch`, `now` and `status`: from a repository to the bundle that is installed, and what the last visit came to."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from firmware.commands.output import hint
from firmware.commands.owning import require_owner
from firmware.commands.trusting import open_clock
from firmware.config import Config, anchors_folder
from firmware.refusal import BadDataError, NoInputError, Refusal, UnavailableError

if TYPE_CHECKING:
    from firmware.clock import SystemClock
    from firmware.sync.fetch import Tell
    from firmware.sync.last import Last
    from firmware.sync.upload import CollectorUploader
    from firmware.sync.visit import Came, Plan

#: The name of this machine, made at its first start; it is only hashed here, never sent.
MACHINE_ID: Final = Path("/etc/machine-id")
FIRST_ROOT: Final = "root.json"
_MAX_ROOT_BYTES: Final = 64 << 10
_TELL_EVERY_S: Final = 2.0
_MEGA: Final = 1 << 20


def fetch(config: Config, repository: Path | None, *, only_when_due: bool = False) -> Came:
    """One visit to sync.urls, or to a repository in a folder. What it came to is recorded, and told by `last.trouble`.

    Raises Refusal where this machine lacks something, and OSError for its disk.
    """
    from firmware.sync.errors import TrustError
    from firmware.sync.visit import visit

    logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # what it would warn of is told by the record, in words
    plan, clock = _plan(config, repository), open_clock(config)
    for folder in (plan.state, plan.incoming):
        require_owner(folder, "sudo systemctl start yanma-fetch, or sudo -u {owner} yanma sync fetch ...")
        folder.mkdir(parents=True, exist_ok=True)
    try:
        came = visit(plan, clock, _progress(), only_when_due=only_when_due, uploader=_uploader(config))
    except TrustError as error:
        raise UnavailableError(error.what, error.next_step) from error
    for name, fault in came.faults:
        hint(f"{name}: {fault.trouble}: {fault.what}")
    _save_floor(clock)
    return came


def refusal_of(last: Last) -> Refusal:
    """A visit that failed, as the answer to a person."""
    from firmware.sync.fetch import Trouble

    if last.trouble in (Trouble.OFFLINE, Trouble.SLOW, Trouble.MISSING):
        return UnavailableError(f"offline: {last.what}", "what was in force stays; it is tried again by itself")
    if last.trouble is Trouble.NO_ROOT:
        return UnavailableError(last.what, "install the image again: its first root is damaged")
    return BadDataError(
        f"{last.trouble}: {last.what}",
        "what was in force stays; ask the publisher, or name another mirror in sync.urls",
    )


def fields_of(came: Came) -> dict[str, Any]:
    """A visit for a program."""
    last = came.last
    return {
        "due": came.due,
        "new": came.fetched is not None and came.fetched.new,
        "trouble": last.trouble,
        "what": last.what,
        "from": last.source,
        "versions": dict(last.versions),
        "freshness": last.freshness,
        "requests": last.requests,
        "body_bytes": last.body_bytes,
        "upload": last.upload,
    }


def line_of(came: Came) -> str:
    """A visit that did not fail, for a person."""
    if not came.due:
        return "not due yet"
    last, fetched = came.last, came.fetched
    assert fetched is not None
    news = f"fetched {fetched.files} files" if fetched.new else "nothing new"
    doubt = {"unknown": "; freshness unknown: this clock has only a floor", "bad": "; its dates have ended"}
    cost = f"{last.requests} requests, {last.body_bytes} bytes"
    return f"{news} from {last.source}: {cost}{doubt.get(last.freshness or '', '')}"


def _plan(config: Config, repository: Path | None) -> Plan:
    from firmware import __version__
    from firmware.sync.fetch import Limits
    from firmware.sync.visit import Plan

    sync = config.sync
    if repository is None and sync.urls is None:
        raise NoInputError("sync.urls is none: there is nowhere to fetch from", "set it, or name a folder with --from")
    if sync.source is None:
        raise NoInputError("sync.source is none: there is nowhere to fetch to", "set it to a folder of its own")
    return Plan(
        root=_first_root(anchors_folder(config) / FIRST_ROOT),
        device=_device_name(config),
        state=Path(sync.state),
        incoming=Path(sync.source),
        urls=tuple((sync.urls or "").split()),
        folder=repository,
        period_s=float(sync.period_s),
        deadline_s=float(sync.deadline_s),
        proxy=sync.proxy,
        ca_file=sync.ca_file,
        agent=f"yanma/{__version__}",
        limits=Limits(run_bytes=sync.max_megabytes * _MEGA),
    )


def _uploader(config: Config) -> CollectorUploader | None:
    """What carries the terminal's records to the collector; None where no address is configured."""
    from firmware.sync.upload import CollectorUploader

    sync, ledger = config.sync, config.ledger
    if sync.upload is None:
        return None
    return CollectorUploader(Path(ledger.outbox), Path(ledger.inbox), sync.upload, sync.proxy, sync.ca_file)


def _first_root(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_ROOT_BYTES + 1)
    except OSError as error:
        raise UnavailableError(
            f"{path}: {error.strerror}: the first root of the repository comes with the image",
            "put 1.root.json of the publisher there (keys/README.md); a demo's: yanma-issuer publish",
        ) from error
    if len(data) > _MAX_ROOT_BYTES:
        raise UnavailableError(f"{path} is longer than {_MAX_ROOT_BYTES} bytes", "install the image again")
    return data


def _device_name(config: Config) -> str:
    """What makes this device's moments its own."""
    try:
        machine = MACHINE_ID.read_text(encoding="ascii", errors="replace").strip()[:64]
    except OSError:
        machine = ""
    return f"{machine} {config.terminal.id}"


def _save_floor(clock: SystemClock) -> None:
    """On a device the floor's file is the terminal's, and the fetch keeps its own in its store."""
    try:
        clock.save_floor()
    except OSError:
        return


def _progress() -> Tell:
    """A line each two seconds while something long is on its way."""
    began_s = told_s = time.monotonic()

    def tell(name: str, got: int, length: int) -> None:
        nonlocal told_s
        now_s = time.monotonic()
        if now_s - told_s >= _TELL_EVERY_S:
            told_s = now_s
            rate = got / (now_s - began_s) / 1000
            hint(
                f"{name}: {got / _MEGA:.1f} of {length / _MEGA:.1f} MB ({100 * got // max(1, length)} %, {rate:.0f} kB/s)"
            )

    return tell
