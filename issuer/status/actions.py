"""The actions of `yanma-issuer status`, each a function of its options."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from firmware.register.bits import Bits
from firmware.register.delta import Delta, apply_delta, make_delta
from firmware.register.facts import RegisterError
from firmware.register.parcel import pack_delta, packed_size, unpack_delta
from firmware.register.path import take_snapshot
from firmware.register.snapshot import Snapshot, sha256_of, write_snapshot
from firmware.register.table import ListTable
from firmware.verify.errors import MalformedError
from firmware.verify.statuslist import parse_status_list
from firmware.verify.trust import MAX_STATUS_BYTES
from firmware.verify.wire import STATUS_BITS, Status
from issuer import world
from issuer.cose import split1
from issuer.errors import bad_data
from issuer.files import make_folder, write_atomically
from issuer.keys import KeyStore, SigningKey
from issuer.publish import status_cwt
from issuer.status import inputs
from issuer.status.progress import Progress
from issuer.status.publication import TOKEN, parcel_path, publish, read_token
from issuer.status.token_lists import lists_of, marks_of, pack_states, unpack_states

Say = Callable[[str], None]


def run(options: argparse.Namespace, store: KeyStore, now_s: int, say: Say) -> None:
    """Do the action that the options name. Raises OfficeError."""
    try:
        _ACTIONS[options.action](options, store, now_s, say)
    except RegisterError as error:
        raise bad_data(f"{error}; give a register that `yanma-issuer status build` made, or make it again") from None


def _build(options: argparse.Namespace, _store: KeyStore, _now_s: int, say: Say) -> None:
    named = inputs.read_lists(options.lists) if options.lists else None
    if options.source == "-" or options.source.endswith(".csv"):
        lines = inputs.Lines(options.source, Progress("read", 0, "lines", sys.stderr).at)
        lists = named or lines.lists(options.list_size)
        marks = inputs.marked(lines.marks(lists))
    else:
        path = Path(options.source)
        array = inputs.load_array(path)
        places = inputs.places_of(array, path)
        lists = named or inputs.default_lists(places, options.list_size, options.first_list)
        if places > lists.places:
            raise bad_data(f"{path} has {places} places, and the lists only {lists.places}: name more with --lists")
        marks = inputs.array_marks(array, path, Progress("build", places, "places", sys.stderr).at)
    write_snapshot(options.out, lists, marks)
    _say_register(options.out, say)


def _change(options: argparse.Namespace, _store: KeyStore, _now_s: int, say: Say) -> None:
    with Snapshot(options.base) as base:
        lines = inputs.Lines(options.changes, Progress("read", 0, "lines", sys.stderr).at)
        progress = Progress("change", base.marks, "marks", sys.stderr)
        write_snapshot(options.out, base.lists, inputs.overlaid(base, lines.marks(base.lists), progress.at))
    say(f"{len(lines.states):,} lines on top of {options.base}")
    _say_register(options.out, say)


def _delta(options: argparse.Namespace, _store: KeyStore, _now_s: int, say: Say) -> None:
    with TemporaryDirectory(dir=options.out.parent) as folder:
        plain = Path(folder) / "delta"
        make_delta(options.old, options.new, plain)
        pack_delta(plain, options.out)
        with Delta(plain) as delta:
            counts = delta.added.marks, delta.gone.marks, delta.changed.marks
    say("{:,} come, {:,} go, {:,} change".format(*counts) + f": {options.out.stat().st_size:,} bytes")


def _apply(options: argparse.Namespace, _store: KeyStore, _now_s: int, say: Say) -> None:
    try:
        expected = bytes.fromhex(options.expect)
    except ValueError:
        raise bad_data(f"expected a SHA-256 as 64 hex digits, got {options.expect!r}") from None
    with TemporaryDirectory(dir=options.out.parent) as folder:
        plain = Path(folder) / "delta"
        unpack_delta(options.parcel, plain, packed_size(options.parcel))
        apply_delta(options.base, plain, options.out, expected=expected)
    _say_register(options.out, say)


def _publish(options: argparse.Namespace, store: KeyStore, now_s: int, say: Say) -> None:
    folder = options.folder
    history = options.history or folder.with_name(f"{folder.name}.history")
    token = publish(options.register, folder, history, _signer(store), now_s, say)
    size = (folder / TOKEN).stat().st_size
    say(f"register {token.serial}, {len(token.deltas)} deltas offered, token of {size:,} bytes: serve {folder}")


def _cwt(options: argparse.Namespace, store: KeyStore, now_s: int, say: Say) -> None:
    signer, folder = _signer(store), make_folder(options.folder)
    with Snapshot(options.register) as register:
        count = len(register.lists.numbers)
        progress = Progress("cwt", count, "lists", sys.stderr)
        for done, (number, states) in enumerate(lists_of(register), 1):
            write_atomically(
                folder / f"{number}.cwt",
                status_cwt(signer, number, pack_states(states, STATUS_BITS), now_s),
                durable=False,
            )
            progress.at(done)
    say(f"{count} Token Status Lists in {folder}")


def _check(options: argparse.Namespace, _store: KeyStore, _now_s: int, say: Say) -> None:
    token = read_token(options.folder / TOKEN)
    if token is None:
        raise bad_data(f"{options.folder} has no {TOKEN}: publish into it first")
    with TemporaryDirectory() as name:
        register = Path(name) / "register.bin"
        take_snapshot(parcel_path(options.folder, token.snapshot), token, register)
        say(f"register {token.serial}: the snapshot gives the signed content {token.content.hex()}")
        if options.lists is not None:
            with Snapshot(register) as snapshot:
                table = snapshot.lists
            found = write_snapshot(Path(name) / "lists.bin", table, marks_of(_read_lists(options.lists, table), table))
            if found != token.content:
                raise bad_data(f"{options.lists} has another content than the register: write the lists again")
            say(f"{len(table.numbers)} Token Status Lists give the same")
    for offer in token.deltas:
        if sha256_of(parcel_path(options.folder, offer.parcel)) != offer.parcel.sha256:
            raise bad_data(f"the delta from {offer.from_serial} to {offer.to_serial} is not the one that was signed")
    say(f"{len(token.deltas)} deltas are the ones that were signed")


def _show(options: argparse.Namespace, _store: KeyStore, _now_s: int, say: Say) -> None:
    _say_register(options.register, say)
    with Snapshot(options.register) as register:
        for text in options.place:
            number, _, index = text.partition(",")
            if not (number.isdecimal() and index.isdecimal()):
                raise bad_data(f"expected a place such as 11,5, got {text!r}")
            state = register.state(int(number), int(index))
            known = {int(each): each.name.lower().replace("_", "-") for each in Status}
            say(f"[{number}, {index}]: " + ("no such place" if state is None else f"{state} {known.get(state, '')}"))


def _read_lists(folder: Path, table: ListTable) -> Iterator[tuple[int, Bits]]:
    for number in table.numbers.tolist():
        path = folder / f"{number}.cwt"
        try:
            status = parse_status_list(split1(path.read_bytes())[1], max_bytes=MAX_STATUS_BYTES)
        except (MalformedError, ValueError) as error:
            raise bad_data(f"{path} is no Token Status List: {error}") from None
        yield number, unpack_states(status.entries, STATUS_BITS)


def _say_register(path: Path, say: Say) -> None:
    with Snapshot(path) as register:
        lists = register.lists
        say(f"{path}: {register.marks:,} of {lists.places:,} places marked, {len(lists.numbers):,} lists")
    say(f"{path.stat().st_size:,} bytes, content {sha256_of(path).hex()}")


def _signer(store: KeyStore) -> SigningKey:
    return store.get(world.STATUS_NAME, world.plan_named(world.STATUS_NAME).alg)


_ACTIONS: Final = {
    "build": _build,
    "change": _change,
    "delta": _delta,
    "apply": _apply,
    "publish": _publish,
    "cwt": _cwt,
    "check": _check,
    "show": _show,
}
