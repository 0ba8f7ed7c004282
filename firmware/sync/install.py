"""A bundle in a folder (a stick, a share, what another tool fetched) -> the bundle in force, or a refusal that changes nothing.

The source is a stranger and may change under us: it is read once, under byte caps, into memory; what was verified there is
what is written. Each bundle is written as a new generation beside the old one and comes into force by one rename:

trust/generations/N/{trust.cwt,rules.cwt,status/*.cwt}    numbers only grow; two are kept
trust/current -> generations/N                            what a reader follows, once a load (store.bundle_in)

Why so: docs/decisions/0015-trust-generations.md. Anchors never come in this way.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.sync.disk import REAL_DISK, Disk
from firmware.sync.store import CURRENT, MissingError, TrustError, bundle_in, load_trust, read_anchors, read_bundle
from firmware.verify.trust import TrustView, UntrustedError, build_view

#: All of one bundle is held in memory. A nation's lists take 10 MB, a terminal has 512 MB.
MAX_BUNDLE_BYTES: Final = 64 << 20
GENERATIONS: Final = "generations"
_NEXT: Final = "current.new"
_STAYS: Final = "what was in force stays; bring a newer bundle from the publisher"


class RefusedError(TrustError):
    """A bundle that was read and must not be installed. What was in force stays."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The bytes of one bundle, read once. Two with the same bytes are the same, whatever their files were called."""

    trust: bytes
    rules: bytes
    lists: frozenset[bytes]

    def files(self) -> Iterator[tuple[str, bytes]]:
        """(path within its folder, bytes). A list is called by its hash: a stranger's names are not taken over."""
        for data in sorted(self.lists):
            yield f"status/{hashlib.sha256(data).hexdigest()[:32]}.cwt", data
        yield "trust.cwt", self.trust
        yield "rules.cwt", self.rules


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation found and did. `before` is None where nothing in force could be believed."""

    before: TrustView | None
    view: TrustView
    unchanged: bool
    ignored: tuple[str, ...]


def check(source: Path, target: Path, anchors: Path, environment: str) -> Installed:
    """What `install` would do; nothing is written. Raises the same errors."""
    return _examine(source, target, anchors, environment)[1]


def install(source: Path, target: Path, anchors: Path, environment: str, disk: Disk = REAL_DISK) -> Installed:
    """Put the bundle of `source` into force in the trust folder `target`; the same bundle again changes nothing.

    Raises MissingError (no bundle there, no anchors), RefusedError (not to be believed, or older than what is in force) and
    OSError (the target cannot be written). After any of them, and after a power cut, a reader finds the old bundle or the
    new one, whole.
    """
    if not target.is_dir():
        target.mkdir(parents=True)
        disk.sync(target.parent)
    with _only_writer(target):
        _sweep(target, disk)
        bundle, result = _examine(source, target, anchors, environment)
        if not result.unchanged:
            try:
                _put(bundle, target, disk)
            finally:  # on a full disk too: half a generation must not keep it full
                _sweep(target, disk)
    return result


def read(source: Path) -> Bundle:
    """The bundle of a folder, read once into memory. Raises MissingError, or RefusedError where a cap is passed."""
    try:
        trust, rules, lists = read_bundle(bundle_in(source))
        found, size = set(), len(trust) + len(rules)
        for data in lists:
            found.add(data)
            size += len(data)
            if size > MAX_BUNDLE_BYTES:
                raise RefusedError(f"{source} holds more than {MAX_BUNDLE_BYTES} bytes of lists", _STAYS)
    except MissingError as error:
        raise MissingError(error.what, "what was in force stays; copy the whole bundle again") from error
    except RefusedError:
        raise
    except TrustError as error:
        raise RefusedError(error.what, _STAYS) from error
    return Bundle(trust, rules, frozenset(found))


def _examine(source: Path, target: Path, anchors: Path, environment: str) -> tuple[Bundle, Installed]:
    """Verify all of the source against the anchors and against what is in force."""
    own = read_anchors(anchors, environment)
    bundle = read(source)
    before, is_current = _in_force(target, anchors, environment)
    floor = before.version if before else 0
    try:
        view = build_view(own, environment, bundle.trust, bundle.rules, sorted(bundle.lists), version_floor=floor)
    except UntrustedError as error:
        raise RefusedError(f"{source}: {error}", _STAYS) from error
    if before is not None:
        _require_no_step_back(before, view, source)
    ignored = ("anchors/: a bundle never brings anchors",) if (source / "anchors").exists() else ()
    return bundle, Installed(before, view, is_current and read(target) == bundle, ignored)


def _in_force(target: Path, anchors: Path, environment: str) -> tuple[TrustView | None, bool]:
    """The bundle in force and True; where it is damaged, the generation before it and False; else None."""
    generations = _generations(target)
    for place in (target, *(generations[number] for number in sorted(generations, reverse=True))):
        try:
            return load_trust(place, anchors, environment), place is target
        except TrustError:
            continue
    return None, False


def _require_no_step_back(before: TrustView, view: TrustView, source: Path) -> None:
    """Neither rules nor a list may be older than those in force, and a list that still serves may not be left out.

    Left out, it could be brought back in its oldest state by the next bundle. Only signed dates are compared: no clock.
    """
    if (view.rules.version, view.rules.issued_s) < (before.rules.version, before.rules.issued_s):
        raise RefusedError(
            f"{source}: rules version {view.rules.version} are older than version {before.rules.version}, in force",
            _STAYS,
        )
    for number, (old, *_) in before.status.items():
        new = view.status.get(number)
        if new is not None and new[0].issued_s < old.issued_s:
            raise RefusedError(f"{source}: status list {number} is older than the one in force", _STAYS)
        if new is None and old.expires_s >= view.newest_issued_s:
            raise RefusedError(f"{source}: status list {number} is missing, and the one in force still serves", _STAYS)


def _put(bundle: Bundle, target: Path, disk: Disk) -> None:
    """Write the generation, make it durable from the leaves up, and only then let `current` name it."""
    generations = target / GENERATIONS
    if not generations.is_dir():
        disk.make_folder(generations)
        disk.sync(target)
    name = f"{max([0, _current_number(target) or 0, *_generations(target)]) + 1:08d}"
    folder = generations / name
    disk.make_folder(folder)
    disk.make_folder(folder / "status")
    for path, data in bundle.files():
        disk.write(folder / path, (data,))
        disk.sync(folder / path)
    disk.sync(folder / "status")
    disk.sync(folder)
    disk.sync(generations)
    disk.link(target / _NEXT, f"{GENERATIONS}/{name}")
    disk.rename(target / _NEXT, target / CURRENT)
    disk.sync(target)


def _sweep(target: Path, disk: Disk) -> None:
    """Remove what a power cut left, and what is older than the generation before the current one.

    A bundle copied by hand counts as a generation, so that whoever is reading it now can finish.
    """
    if (target / _NEXT).is_symlink():
        disk.remove(target / _NEXT)
    current, generations = _current_number(target), _generations(target)
    older = [number for number in generations if current is not None and number < current]
    kept = {current, max(older, default=None)}
    for number, folder in generations.items():
        if number not in kept:
            _remove_tree(folder, disk)
    if older:
        for path in (target / "trust.cwt", target / "rules.cwt", target / "status"):
            _remove_tree(path, disk)


def _remove_tree(path: Path, disk: Disk) -> None:
    """A file, or a folder with all in it; a link is removed, never followed; what is not there is fine."""
    if path.is_dir() and not path.is_symlink():
        for inner in sorted(path.iterdir()):
            _remove_tree(inner, disk)
        disk.remove_folder(path)
    elif path.is_symlink() or path.exists():
        disk.remove(path)


def _generations(target: Path) -> dict[int, Path]:
    """Number -> folder of every generation, whole or not."""
    return {int(folder.name): folder for folder in (target / GENERATIONS).glob("*") if folder.name.isdecimal()}


def _current_number(target: Path) -> int | None:
    """The generation that `current` names, whether it is there or not; None before the first installation."""
    current = target / CURRENT
    name = current.readlink().name if current.is_symlink() else ""
    return int(name) if name.isdecimal() else None


@contextmanager
def _only_writer(target: Path) -> Iterator[None]:
    """Hold the lock of the trust folder. Raises TrustError at once when somebody else has it."""
    handle = os.open(target, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TrustError(f"another sync is writing {target}", "wait for it, then try again") from error
        yield
    finally:
        os.close(handle)
