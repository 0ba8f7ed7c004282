"""The commands of the office, each a function of its options. They print; the rooms below them do not."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from time import time as wall_s
from typing import TYPE_CHECKING, Final

from firmware.verify.wire import MAX_STATUS
from issuer.dates import iso_utc, parse_day, parse_instant
from issuer.errors import bad_data, bad_usage, cannot_create
from issuer.files import write_atomically
from issuer.keys import ENVIRONMENT, KeyStore, default_state_folder
from issuer.office import Office

if TYPE_CHECKING:
    from issuer.phone import LiveCode


#: From this age of its list a terminal says so; twice as old, and it cannot tell any more.
_OLD_H: Final = 24


def demo(options: argparse.Namespace) -> None:
    """Make or renew a demo folder, and say what can be done with it."""
    from issuer.demo import make_demo

    store = _store(options)
    now_s = _now(options)
    make_demo(options.folder, Office(store), now_s, force=options.force, say=_say)
    folder = shlex.quote(str(options.folder))
    at = f" --at {iso_utc(now_s)}" if options.at else ""
    _say(
        f"\nPrivate keys are in {store.folder} (only you can read them).\n\n"
        "Next:\n"
        f"  yanma verify --trust {folder}/trust{at} {folder}/codes/mark-downloaded.png\n"
        f"  yanma-issuer phone {folder}      keeps {folder}/live fresh; leave it running\n"
        f"  yanma-issuer page {folder}       the same documents on a page for a phone\n"
        f"  print {folder}/print/mark.pdf and hold it before a camera\n"
        f"  yanma-issuer demo {folder}       again, when the status list is older than a day"
    )


def phone(options: argparse.Namespace) -> None:
    """Keep DIR/live fresh until asked to end."""
    from issuer.phone import keep_fresh, renew
    from issuer.stopping import StopOnSignals

    made_s = _require_demo(options.folder)
    age_h = (int(wall_s()) - made_s) // 3600
    if age_h >= _OLD_H:
        _say(f"The status list is {age_h} hours old: renew it with yanma-issuer demo {options.folder}")
    office = Office(_store(options))
    if options.once:
        _say(f"{renew(options.folder, office, int(wall_s()))} live codes renewed in {options.folder / 'live'}")
        return
    rounds = keep_fresh(options.folder, office, say=_say, stop=StopOnSignals())
    _say(f"Ended after {rounds} rounds.")


def make(options: argparse.Namespace) -> None:
    """Make one document, and say what it is."""
    from firmware.model import Kind
    from issuer.keys import ALG_BY_NAME
    from issuer.office import FORM_BY_LABEL
    from issuer.single import Request, write_document

    request = Request(
        kind=Kind(options.kind),
        form=FORM_BY_LABEL[options.way] if options.way else None,
        defect=options.defect,
        alg=ALG_BY_NAME[options.alg],
        plate=options.plate,
        until=parse_day(options.until) if options.until else None,
        letters=options.letters,
    )
    _say(write_document(request, Office(_store(options)), _now(options), options.out, force=options.force))


def show(options: argparse.Namespace) -> None:
    """Draw a live code that renews itself."""
    from issuer.terminal import show_once, show_until_stopped

    code, office = _live_code(options), Office(_store(options))
    if options.once:
        show_once(code, office)
    else:
        show_until_stopped(code, office)


def page(options: argparse.Namespace) -> None:
    """Serve the page until asked to end."""
    from issuer.page import serve

    if options.folder:
        _require_demo(options.folder)
    host = "0.0.0.0" if options.lan else options.host  # noqa: S104 - asked for by name, and warned of
    serve(Office(_store(options)), host, options.port, say=_say)


def defects(_options: argparse.Namespace) -> None:
    """List the defects: name, the ways that can have it, the reason a terminal gives, and what it is."""
    from firmware.model import Kind
    from issuer.defects import DEFECTS
    from issuer.office import Form

    width = max(map(len, DEFECTS))
    for defect in DEFECTS.values():
        ways = "any way" if len(defect.forms) == len(Form) else ", ".join(f.label for f in Form if f in defect.forms)
        kinds = "" if len(defect.kinds) == len(Kind) else f"; {', '.join(sorted(defect.kinds))}"
        _say(f"{defect.name:<{width}}  {defect.expects:<19}  {defect.help_text} ({ways}{kinds})")


def vectors(options: argparse.Namespace) -> None:
    """Make or renew the conformance pack."""
    from issuer.vectors.pack import write_pack

    counts = write_pack(options.folder)
    for kind, count in counts.items():
        _say(f"  {kind.value:<26}{count:>4}")
    _say(f"{sum(counts.values())} vectors in {options.folder}; docs/conformance-pack.md says how to use them")


def publish(options: argparse.Namespace) -> None:
    """Make or renew a repository; a demo's terminal gets its first root beside its other anchors."""
    from issuer.files import write_atomically
    from issuer.repository import Publisher, newest_root
    from issuer.ring import Ring

    metadata = options.folder / "metadata"
    ring = Ring(_store(options), may_begin=newest_root(metadata) == 0)
    for role in ("root",) * options.rotate_root + ("timestamp", "snapshot") * options.rotate_online:
        ring.add(role)
    published = Publisher(options.folder, ring, _now(options)).publish(options.bundle)
    versions = ", ".join(f"{role} {version}" for role, version in sorted(published.versions.items()))
    _say(
        f"{published.files} files in {options.folder}; signed anew: {', '.join(published.renewed)}\nversions: {versions}"
    )
    anchors = options.bundle / "anchors"
    if anchors.is_dir():
        write_atomically(anchors / "root.json", (metadata / "1.root.json").read_bytes())
        _say(f"first root: {anchors / 'root.json'}")


def time(options: argparse.Namespace) -> None:
    """Serve signed time until it is stopped."""
    from issuer.timekeeper import serve
    from issuer.world import TIME_NAME

    signer = Office(_store(options)).key(TIME_NAME)
    serve(signer, options.host, options.port, options.radius_ms / 1000, say=_say)


def keys(options: argparse.Namespace) -> None:
    """List the keys by name; public facts only."""
    store = _store(options)
    found = store.all()
    _say(f"{len(found)} keys of the environment {ENVIRONMENT!r} in {store.folder}")
    for key in found:
        _say(f"  {key.name:<20} {key.alg_name:<8} kid {key.kid.hex()}")


def urgent(options: argparse.Namespace) -> None:
    """Sign one urgent item, and write or send it."""
    from issuer.urgent import STATES, Carrier, send, state_item, withdrawal

    place = (options.list, options.index, options.status)
    if (options.withdraw is None) is (None in place):
        raise bad_usage("give LIST INDEX STATE, or --withdraw KID")
    if options.out is None and options.broker is None:
        raise bad_usage("say where it goes: --out FILE, or --broker HOST")
    office, now_s = Office(_store(options)), int(wall_s())
    if options.withdraw is not None:
        try:
            kid = bytes.fromhex(options.withdraw)
        except ValueError:
            raise bad_data(f"{options.withdraw!r} is no key id in hex: yanma-issuer keys lists them") from None
        name, data = withdrawal(office, kid, now_s)
    else:
        number, index, state = place
        if not 0 <= min(number, index) <= max(number, index) <= MAX_STATUS:
            raise bad_data(f"list and index must lie in 0 to {MAX_STATUS}")
        name, data = state_item(office, number, index, STATES[state], now_s)
    if options.out is not None:
        if options.out.exists() and not options.force:
            raise cannot_create(f"{options.out} is there already: add --force to overwrite it")
        write_atomically(options.out, data)
        _say(f"{options.out}: item {name.hex()}, {len(data)} bytes; for a terminal: its folder urgent.folder")
    if options.broker is not None:
        carrier = Carrier(options.broker, options.port, options.region, tls=not options.no_tls)
        _say(f"sent to {options.broker}:{options.port}, topic {send(carrier, name, data)}")


def collect(options: argparse.Namespace) -> None:
    """Serve the collector until asked to end."""
    from firmware.ledger.errors import LedgerDamagedError
    from firmware.verify.wire import Alg
    from issuer.collector import Collector
    from issuer.collector_server import BATCHES, make_server
    from issuer.stopping import StopOnSignals

    key = _store(options).get("collector", Alg.ED25519)
    try:
        collector = Collector(options.folder, key, options.name, wall_s, accept_new=options.accept_new)
    except LedgerDamagedError as error:
        raise bad_data(f"--name {options.name}: {error}") from None
    stop = StopOnSignals()
    with make_server(collector, options.host, options.port, _say) as server:
        server.timeout = 1.0
        _say(
            f"Collecting into {options.folder} at http://{options.host}:{server.server_port}{BATCHES}\n"
            f"The key for terminals (ledger.collector):\n{collector.public.text}"
        )
        while not stop.is_set():
            server.handle_request()


def status(options: argparse.Namespace) -> None:
    """Build, change, publish or check a register of states."""
    from issuer.status.actions import run

    now_s = parse_instant(options.at) if getattr(options, "at", None) else int(wall_s())
    run(options, _store(options), now_s, _say)


def _store(options: argparse.Namespace) -> KeyStore:
    return KeyStore(options.state or default_state_folder())


def _now(options: argparse.Namespace) -> int:
    return parse_instant(options.at) if options.at else int(wall_s())


def _require_demo(folder: Path) -> int:
    """When the demo was made. Raises OfficeError when the folder holds none."""
    from issuer.demo import made_at

    made_s = made_at(folder)
    if made_s is None:
        raise bad_data(f"{folder} is no demo folder: make it with yanma-issuer demo {folder}")
    return made_s


def _live_code(options: argparse.Namespace) -> LiveCode:
    from issuer.phone import LIVE_CODES

    if options.folder:
        _require_demo(options.folder)
    if options.name not in LIVE_CODES:
        raise bad_data(f"there is no live code {options.name!r}: {', '.join(LIVE_CODES)}")
    return LIVE_CODES[options.name]


def _say(text: str) -> None:
    print(text, flush=True)
