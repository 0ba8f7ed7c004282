"""`yanma sync`: a bundle of trust data from a folder (a stick, a share, what was fetched) comes into force.

`fetch`, `now` and `status` are in fetching.py and standing.py.
"""

from __future__ import annotations

import argparse
import errno
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from firmware.commands.options import add_config_options, load
from firmware.commands.output import hint, say, say_json
from firmware.commands.owning import require_owner
from firmware.commands.trusting import open_clock
from firmware.config import Config, anchors_folder, require_environment
from firmware.refusal import BadDataError, DiskError, ExitCode, NoInputError, UnavailableError

if TYPE_CHECKING:
    from firmware.sync.install import Installed
    from firmware.verify.trust import TrustView

EPILOG: Final = """\
Everything in the folder is verified before anything is written; a bundle that is older than what is in
force is refused, and the terminal takes a new one up within seconds, without a restart.

A repository (yanma-issuer publish) is fetched from sync.urls, or with --from from a folder, into sync.source;
what was cut is gone on with the next time. A terminal asks at moments of its own, four times an hour.

examples:
  yanma sync now                          fetch, then install
  yanma sync status                       how far behind, why, and when next
  yanma sync fetch                        only fetch, as yanma-fetch.service does
  yanma sync now --from /media/stick/www  the repository on a stick
  yanma sync                              from sync.source, as yanma-sync.service does
  yanma sync --from /media/stick/trust    from a stick
  yanma sync --from /media/stick/trust --check    only verify it
  yanma sync --json

exit codes: 0 in force, or nothing new; 65 refused, what was in force stays; 66 no bundle in that folder,
            nowhere to fetch from; 69 offline, no anchors or first root, or somebody else writes there;
            74 a folder cannot be written; status: 0 up to date, 1 behind or failed, 66 no visit yet"""


ACTIONS: Final = ("install", "fetch", "now", "status")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        nargs="?",
        choices=ACTIONS,
        default="install",
        metavar="ACTION",
        help=f"{', '.join(ACTIONS)}: see above",
    )
    parser.add_argument(
        "--from", dest="source", type=Path, metavar="FOLDER", help="folder with trust.cwt, rules.cwt and status/"
    )
    parser.add_argument("--due", action="store_true", help="fetch: only if the next moment of this device has come")
    parser.add_argument("--check", action="store_true", help="verify only: write nothing")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    add_config_options(parser, "--environment", "--trust")
    parser.epilog = EPILOG


def main(args: argparse.Namespace) -> int:
    config = load(args).config
    if args.action == "status":
        from firmware.commands.standing import status

        return status(config, as_json=args.json)
    fetched: dict[str, Any] = {}
    source = args.source
    if args.action != "install":
        fetched = _fetch(config, args)
        if args.action == "fetch":
            return ExitCode.OK
        source = None
    return _install(config, source, args, fetched)


def _fetch(config: Config, args: argparse.Namespace) -> dict[str, Any]:
    """One visit, said; its fields for the JSON of `now`. Raises Refusal where it failed."""
    from firmware.commands.fetching import fetch, fields_of, line_of, refusal_of

    came = fetch(config, args.source, only_when_due=args.due)
    if came.due and came.fetched is None:
        raise refusal_of(came.last)
    if not args.json:
        say(line_of(came))
    elif args.action == "fetch":
        say_json(fields_of(came))
    return {"fetch": fields_of(came)}


def _install(config: Config, named: Path | None, args: argparse.Namespace, fetched: dict[str, Any]) -> int:
    if named is not None and (named / "metadata/timestamp.json").is_file():
        raise NoInputError(f"{named} is a repository, not a bundle", f"yanma sync now --from {named}")
    source = named or (Path(config.sync.source) if config.sync.source else None)
    source = _followed(source) if source is not None else None
    if source is None or (named is None and not (source / "trust.cwt").exists()):
        _say_nothing_there(source, as_json=args.json)
        return ExitCode.OK
    found = _bring(config, source, only_check=args.check)
    state = "up-to-date" if found.unchanged else "good" if args.check else "installed"
    now_s = open_clock(config).moment().utc_s
    if args.json:
        say_json({"state": state, "source": str(source), **_fields(found, now_s), **fetched})
        return ExitCode.OK
    for mended in found.repairs:
        hint(f"mended: {mended}")
    for ignored in found.ignored:
        hint(f"ignored: {ignored}")
    for line in _lines(found, state, now_s):
        say(line)
    return ExitCode.OK


def _bring(config: Config, source: Path, *, only_check: bool) -> Installed:
    """Install, or only check; the faults of a bundle, of its absence and of this machine as three different answers."""
    from firmware.sync.install import RefusedError, check, install
    from firmware.sync.store import MissingError, TrustError, read_anchors

    target, anchors, environment = Path(config.trust.folder), anchors_folder(config), config.terminal.environment
    require_environment(config, anchors)
    try:
        read_anchors(anchors, environment)
    except TrustError as error:
        raise UnavailableError(error.what, error.next_step) from error
    try:
        if only_check:
            return check(source, target, anchors, environment)
        require_owner(target, "sudo -u {owner} yanma sync ..., with the whole path of the program")
        return install(source, target, anchors, environment)
    except MissingError as error:
        raise NoInputError(error.what, error.next_step) from error
    except RefusedError as error:
        raise BadDataError(error.what, error.next_step) from error
    except TrustError as error:
        raise UnavailableError(error.what, error.next_step) from error
    except OSError as error:
        fault, place = error.strerror or str(error), error.filename or target
        raise DiskError(f"{place}: {fault}; what was in force stays", _next_step(error, target)) from error


def _next_step(error: OSError, target: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"free some space where {target} lies (`yanma doctor` says how much there is), then try again"
    if error.errno == errno.EROFS:
        return "the card went read-only, as a failing one does: restart the device, and replace the card if it stays so"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"all of it belongs to one user, yanma-sync on a device: chown -R yanma-sync: {target}"
    return "look at `dmesg` for faults of the card, and replace it if there are any"


def _followed(source: Path) -> Path:
    """What was fetched lies in a folder that a link names; whatever else is named is read as it is."""
    from firmware.sync.parcel import parcel_in

    return parcel_in(source)


def _say_nothing_there(source: Path | None, *, as_json: bool) -> None:
    if as_json:
        say_json({"state": "nothing", "source": None if source is None else str(source)})
    else:
        say("nothing: sync.source is none" if source is None else f"nothing: no trust.cwt in {source}")


def _fields(found: Installed, now_s: float) -> dict[str, Any]:
    return {
        "version_before": found.before.version if found.before else None,
        "version": found.view.version,
        "rules_version": found.view.rules.version,
        "keys": sum(len(keys) for keys in found.view.keys.values()),
        "expires_s": found.view.expires_s,
        "lists": [
            {"number": entry.number, "issued_s": entry.issued_s, "age_s": round(max(0.0, now_s - entry.issued_s))}
            for entry in found.view.newest_lists
        ],
        "ignored": list(found.ignored),
        "repairs": list(found.repairs),
    }


def _lines(found: Installed, state: str, now_s: float) -> list[str]:
    before, view = found.before, found.view
    if found.unchanged:
        return [f"up to date: {_ages(view, now_s)}"]
    came = f"trust list version {view.version}" + (f" after {before.version}" if before else ", the first one here")
    rules = f"rules version {view.rules.version}"
    if before is not None and before.rules.version != view.rules.version:
        rules += f" after {before.rules.version}"
    lines = [f"{state}: {came}, {rules}; {_ages(view, now_s)}"]
    old = {entry.number: entry for entry in before.newest_lists} if before else {}
    new = {entry.number: entry for entry in view.newest_lists}
    newer = sum(number in old and entry.issued_s > old[number].issued_s for number, entry in new.items())
    if old:
        lines.append(f"lists: {newer} newer, {len(new.keys() - old.keys())} added, {len(old.keys() - new.keys())} gone")
    return lines


def _ages(view: TrustView, now_s: float) -> str:
    from firmware.doctor.state import age

    if not view.newest_lists:
        return "no status list"
    oldest_s = now_s - min(entry.issued_s for entry in view.newest_lists)
    count = len(view.newest_lists)
    return f"{count} status list{'s' if count > 1 else ''}, the oldest made {age(max(0.0, oldest_s))} ago"
