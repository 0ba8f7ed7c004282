"""A bundle in a folder (a stick, a share, what another tool fetched) -> the bundle in force, or a refusal that changes nothing.

The source is a stranger and may change under us: it is read once, under byte caps, into memory; what was verified there is
what is written. Its files become blobs of the store, and one commit brings all of them into force with their floors
(blobs.py, docs/decisions/0021-blob-store.md). Anchors never come in this way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.sync.blobs import Store
from firmware.sync.bundle import (
    REGISTER,
    REGISTER_CWT,
    RULES,
    STATUS,
    SUFFIX,
    TRUST,
    FolderBundle,
    StoredBundle,
    bundle_in,
)
from firmware.sync.disk import REAL_DISK, Disk
from firmware.sync.errors import StepBackError
from firmware.sync.register_file import register_opener
from firmware.sync.store import (
    FellBackError,
    MissingError,
    TrustError,
    load_trust,
    read_anchors,
    read_bundle,
    register_of,
)
from firmware.verify.sources import OpenRegister
from firmware.verify.trust import TrustView, UntrustedError, build_view

#: All of one bundle is held in memory. A nation's lists take 10 MB, a terminal has 512 MB.
MAX_BUNDLE_BYTES: Final = 64 << 20
_STAYS: Final = "what was in force stays; bring a newer bundle from the publisher"


class RefusedError(TrustError):
    """A bundle that was read and must not be installed. What was in force stays."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The bytes of one bundle, read once. Two with the same bytes are the same, whatever their files were called."""

    trust: bytes
    rules: bytes
    lists: frozenset[bytes]
    register: bytes | None = None  # the token alone: what it names is not held in memory

    def files(self) -> Iterator[tuple[str, bytes]]:
        """(entry name, bytes). A list is called by its hash: a stranger's names are not taken over."""
        for data in sorted(self.lists):
            yield f"{STATUS}{hashlib.sha256(data).hexdigest()[:32]}{SUFFIX}", data
        yield TRUST, self.trust
        yield RULES, self.rules
        if self.register is not None:
            yield REGISTER_CWT, self.register

    def entries(self) -> dict[str, str]:
        """Entry name -> SHA-256 of its bytes."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.files()}


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation found and did. `before` is None where nothing in force could be believed."""

    before: TrustView | None
    view: TrustView
    unchanged: bool
    ignored: tuple[str, ...]
    repairs: tuple[str, ...] = ()


#: A register token, and what opens the content that it names.
Offer = tuple[bytes, OpenRegister]


def check(source: Path, target: Path, anchors: Path, environment: str) -> Installed:
    """What `install` would do; nothing is written. Raises the same errors."""
    with Store.open(target, read_only=True) as store:
        return _examine(source, target, store, anchors, environment)[1]


def install(source: Path, target: Path, anchors: Path, environment: str, disk: Disk = REAL_DISK) -> Installed:
    """Put the bundle of `source` into force in the trust folder `target`; the same bundle again changes nothing.

    Raises MissingError (no bundle there, no anchors), RefusedError (not to be believed, or older than what is in force),
    BusyError (another sync) and OSError (the target cannot be written). After any of them, and after a power cut, a reader
    finds the old bundle or the new one, whole.
    """
    with Store.open(target, disk) as store:
        bundle, result = _examine(source, target, store, anchors, environment)
        if not result.unchanged:
            try:
                entries = {name: store.put(data) for name, data in bundle.files()}
                entries |= _put_register(source, bundle, result.view, store)
                store.commit(_others(store) | entries, _floors(result.view))
            except StepBackError as error:
                raise RefusedError(f"{source}: {error.what}", _STAYS) from error
            finally:  # on a full disk too: half a bundle must not keep it full
                store.collect()
    return result


def read(source: Path) -> Bundle:
    """The bundle of a folder, read once into memory. Raises MissingError, or RefusedError where a cap is passed."""
    try:
        held = bundle_in(source)
        trust, rules, lists = read_bundle(held)
        offer = register_of(held)
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
    return Bundle(trust, rules, frozenset(found), None if offer is None else offer[0])


def _examine(source: Path, target: Path, store: Store, anchors: Path, environment: str) -> tuple[Bundle, Installed]:
    """Verify all of the source against the anchors and against what is in force."""
    own = read_anchors(anchors, environment)
    bundle = read(source)
    before, is_current = _in_force(target, anchors, environment)
    floor = before.version if before else 0
    serial = before.register.token.serial if before and before.register else 0

    def view_with(register: Offer | None) -> TrustView:
        parts = (own, environment, bundle.trust, bundle.rules, sorted(bundle.lists))
        return build_view(*parts, version_floor=floor, register=register, serial_floor=serial)

    try:
        if bundle.register is not None:
            view = view_with((bundle.register, register_opener(source / REGISTER)))
        else:
            view = _with_own_register(view_with, target)
    except UntrustedError as error:
        raise RefusedError(f"{source}: {error}", _STAYS) from error
    if before is not None:
        _require_no_step_back(before, view, source)
    _require_floors(_known_floors(store), view, source)
    ignored = ("anchors/: a bundle never brings anchors",) if (source / "anchors").exists() else ()
    unchanged = is_current and _is_in_force(bundle, view, target)
    return bundle, Installed(before, view, unchanged, ignored, store.repairs)


def _with_own_register(view_with: Callable[[Offer | None], TrustView], target: Path) -> TrustView:
    """A bundle without a register leaves the one in force there, if the new trust list still believes it."""
    try:
        held = bundle_in(target)
        own = register_of(held) if isinstance(held, StoredBundle) else None
        if own is not None:
            return view_with(own)
    except (TrustError, UntrustedError):
        pass
    return view_with(None)


def _put_register(source: Path, bundle: Bundle, view: TrustView, store: Store) -> dict[str, str]:
    """The entries of the register that the view was verified with: the bundle's, or the one in force."""
    if view.register is None:
        return {}
    if bundle.register is None:
        current = store.current()
        return {name: current.entries[name] for name in (REGISTER_CWT, REGISTER)} if current else {}
    digest = store.put_file(source / REGISTER)
    if digest != view.register.token.content.hex():
        raise RefusedError(f"{source}: {REGISTER} changed while it was read", _STAYS)
    return {REGISTER: digest}


def _in_force(target: Path, anchors: Path, environment: str) -> tuple[TrustView | None, bool]:
    """The bundle in force and True; where it is damaged, the one before it and False; else None."""
    try:
        return load_trust(target, anchors, environment), True
    except FellBackError as error:
        return error.view, False
    except TrustError:
        return None, False


def _is_in_force(bundle: Bundle, view: TrustView, target: Path) -> bool:
    """True where the store already names these bytes; for a folder in its own older form, where they lie there."""
    held = bundle_in(target)
    if isinstance(held, FolderBundle):
        return bundle == read(target)
    wanted = bundle.entries()
    if view.register is not None:
        wanted[REGISTER] = view.register.token.content.hex()
        wanted.setdefault(REGISTER_CWT, held.generation.entries.get(REGISTER_CWT, ""))
    return wanted == {name: digest for name, digest in held.generation.entries.items() if _is_bundled(name)}


def _is_bundled(name: str) -> bool:
    return name in (TRUST, RULES, REGISTER_CWT, REGISTER) or name.startswith(STATUS)


def _others(store: Store) -> dict[str, str]:
    """What came in another way and is in force beside the bundle (urgent items): a stick does not take it out of force."""
    current, lacking = store.current(), store.lacking()
    found = {} if current is None else current.entries
    return {name: digest for name, digest in found.items() if not _is_bundled(name) and name not in lacking}


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


def _floors(view: TrustView) -> dict[str, int]:
    """What may never fall, by name. Each environment has its own: a demo's versions say nothing about production's."""
    floors = {"trust": view.version, "rules": view.rules.version}
    if view.register is not None:
        floors["register"] = view.register.token.serial
    return {f"{view.environment}/{name}": value for name, value in floors.items()}


def _known_floors(store: Store) -> Mapping[str, int]:
    try:
        return store.floors()
    except TrustError:  # a check only reads, and the record in force is damaged
        return {}


def _require_floors(known: Mapping[str, int], view: TrustView, source: Path) -> None:
    """What was once in force counts even where it can no longer be read."""
    for name, value in _floors(view).items():
        if value < known.get(name, 0):
            raise RefusedError(f"{source}: {name} {value} is older than {known[name]}, seen before", _STAYS)
