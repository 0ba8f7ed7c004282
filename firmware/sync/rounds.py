"""One round of sync: the mirrors in order, what the first good one lists, its files, and the parcel for the installation.

Nothing reaches the parcel but what was signed, whole, and not older than before. A file that was cut is gone on with in the
next round; what is here is not asked for again.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from firmware.sync.bundle import REGISTER, REGISTER_CWT
from firmware.sync.disk import REAL_DISK, Disk
from firmware.sync.errors import MissingBlobError
from firmware.sync.fetch import Source, SyncError, Tell, Traffic, Trouble
from firmware.sync.judged import Judged
from firmware.sync.keeping import Keeper
from firmware.sync.parcel import put_parcel
from firmware.sync.register_fetch import make_register
from firmware.sync.updater import TARGETS, TIME_FLOOR, Listed, Repository, look

#: Which of the listed files this terminal wants.
Choose = Callable[[Mapping[str, Listed]], Iterable[Listed]]
#: All that is fetched for one bundle, as the installation caps it.
MAX_BUNDLE_BYTES: Final = 64 << 20
_BUNDLE: Final = ("trust.cwt", "rules.cwt", REGISTER_CWT)
_STATUS: Final = "status/"
#: What a person must hear of first when every mirror failed: something shown that must not be, then the way.
_WORST: Final = (
    Trouble.NO_ROOT,
    Trouble.WRONG_KEYS,
    Trouble.STEP_BACK,
    Trouble.MIXED,
    Trouble.EXPIRED,
    Trouble.MALFORMED,
    Trouble.TOO_LONG,
    Trouble.MISSING,
    Trouble.SLOW,
    Trouble.OFFLINE,
)


@dataclass(frozen=True, slots=True)
class Round:
    """What a round works with. `parts` holds downloads that were cut, `incoming` is the folder that is installed from."""

    root: bytes
    keeper: Keeper
    parts: Path
    incoming: Path
    judged: Judged
    tell: Tell
    disk: Disk = REAL_DISK


@dataclass(frozen=True, slots=True)
class Fetched:
    """A round that ended well. `new` says whether the parcel changed; `passed` are the mirrors that failed before."""

    source: str
    repository: Repository
    new: bool
    files: int
    passed: tuple[tuple[str, SyncError], ...] = ()


class NoMirrorError(SyncError):
    """Every mirror failed: the worst of their faults, and all of them by name."""

    def __init__(self, failed: tuple[tuple[str, SyncError], ...]) -> None:
        worst = min((error for _, error in failed), key=lambda error: _WORST.index(error.trouble))
        super().__init__(worst.trouble, worst.what)
        self.failed = failed


def bundle_of(listed: Mapping[str, Listed]) -> Iterator[Listed]:
    """The files of a bundle; firmware and whatever else is listed is not fetched here."""
    for name, found in listed.items():
        if name in _BUNDLE or (name.startswith(_STATUS) and name.endswith(".cwt") and name.count("/") == 1):
            yield found


def one_round(work: Round, sources: Iterable[Source], choose: Choose = bundle_of) -> Fetched:
    """Try the sources in order until one is good. Raises NoMirrorError, and OSError where this disk cannot be written."""
    failed: list[tuple[str, SyncError]] = []
    for source in sources:
        try:
            with contextlib.closing(source):
                return _from_one(work, source, choose, tuple(failed))
        except SyncError as error:
            failed.append((source.name, error))
    raise NoMirrorError(tuple(failed) or (("", SyncError(Trouble.OFFLINE, "no source was named")),))


def _from_one(work: Round, source: Source, choose: Choose, passed: tuple[tuple[str, SyncError], ...]) -> Fetched:
    with TemporaryDirectory(prefix="yanma-sync-") as scratch:
        repository = look(source, work.keeper, work.root, work.judged, Path(scratch))
    _keep(work.keeper, repository)
    wanted = {found.name: found for found in choose(repository.listed)}
    if sum(found.length for found in wanted.values()) > MAX_BUNDLE_BYTES:
        raise SyncError(Trouble.TOO_LONG, f"more than {MAX_BUNDLE_BYTES} bytes are listed for one bundle")
    for found in wanted.values():
        _bring(work, source, found)
    files = {name: found.sha256 for name, found in wanted.items()}
    if REGISTER_CWT in wanted:
        files[REGISTER] = _register(work, source, wanted[REGISTER_CWT], repository.listed)
    _name(work, files)
    new = put_parcel(work.incoming, files, work.keeper.read, work.disk)
    for part in work.parts.glob("*"):
        part.unlink()
    return Fetched(source.name, repository, new, len(files), passed)


def _entries(keeper: Keeper) -> dict[str, str]:
    kept = keeper.current()
    return dict(kept.entries) if kept else {}


def _keep(keeper: Keeper, repository: Repository) -> None:
    """The verified metadata and its floors, before any file: what was seen once is the least that will do from now on."""
    before, known = _entries(keeper), keeper.floors()
    entries = {name: digest for name, digest in before.items() if name.startswith(f"{TARGETS}/")}
    for name, data in repository.metadata.items():
        digest = hashlib.sha256(data).hexdigest()
        entries[name] = digest if before.get(name) == digest and _has(keeper, digest) else keeper.put(data)
    floors = {
        name: max(value, known.get(name, 0)) if name == TIME_FLOOR else value
        for name, value in repository.floors.items()
    }
    if entries != before or any(known.get(name) != value for name, value in floors.items()):
        keeper.commit(entries, floors)


def _bring(work: Round, source: Source, found: Listed) -> None:
    """This file, checked, into the keeper's reach: it is there, or it lies whole in its part."""
    if _has(work.keeper, found.sha256):
        return
    work.parts.mkdir(parents=True, exist_ok=True)
    part = work.parts / found.sha256
    for _ in (1, 2):  # a part that a power cut spoilt is begun anew, once
        begun = part.exists()
        if not (begun and _is(part, found)):
            source.download(
                found.path, found.length, part, lambda _path, got, length: work.tell(found.name, got, length)
            )
        if _is(part, found):
            return
        part.unlink()
        if not begun:
            break
    raise SyncError(Trouble.MIXED, f"{found.name} is not what was signed")


def _register(work: Round, source: Source, token: Listed, listed: Mapping[str, Listed]) -> str:
    """The SHA-256 of the register that this token promises, which the keeper then has."""
    entries = _entries(work.keeper)
    before = entries.get(f"{TARGETS}/{REGISTER}")
    if before is not None and entries.get(f"{TARGETS}/{REGISTER_CWT}") == token.sha256 and _has(work.keeper, before):
        return before

    def bring(found: Listed) -> Path:
        _bring(work, source, found)
        return work.parts / found.sha256

    data = work.keeper.read(token.sha256) if _has(work.keeper, token.sha256) else bring(token).read_bytes()
    with TemporaryDirectory(prefix="yanma-register-") as scratch:
        return make_register(work.keeper, data, listed, bring, Path(scratch))


def _name(work: Round, files: Mapping[str, str]) -> None:
    """Put what lies in parts, and name all files of the bundle in one commit."""
    before = _entries(work.keeper)
    entries = {name: digest for name, digest in before.items() if not name.startswith(f"{TARGETS}/")}
    entries |= {f"{TARGETS}/{name}": digest for name, digest in files.items()}
    for digest in files.values():
        if not _has(work.keeper, digest):
            work.keeper.put((work.parts / digest).read_bytes())
    if entries != before:
        work.keeper.commit(entries, {})


def _is(part: Path, found: Listed) -> bool:
    data = part.read_bytes()
    return len(data) == found.length and hashlib.sha256(data).hexdigest() == found.sha256


def _has(keeper: Keeper, digest: str) -> bool:
    try:
        keeper.read(digest)
    except MissingBlobError:
        return False
    return True


def cost(sources: Iterable[Source]) -> Traffic:
    """What all of them cost together."""
    total = Traffic()
    for source in sources:
        total.requests += source.traffic.requests
        total.body_bytes += source.traffic.body_bytes
    return total
