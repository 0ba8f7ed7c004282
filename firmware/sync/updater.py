"""A repository of The Update Framework -> what it lists now, verified; or a SyncError that says what was wrong with it.

python-tuf does the workflow; this module closes what it leaves open:

- it persists without fsync: its folder is a working copy for one round, written from the keeper and read back into it;
- it believes an older repository when its folder was emptied: version floors are the keeper's, asked before and after;
- it takes the system's clock: it is given ours, with three answers (judged.py);
- it knows no SM2: the metadata is Ed25519, what it lists is signed once more in its own way and verified by the installation.

A floor belongs to the keys that signed: when the root names other keys for a role, its count begins anew. That is how a
repository recovers after a stolen key was used to push a version far ahead (fast-forward).
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from tuf.api import exceptions
from tuf.api.metadata import Delegations, Role, Root, Signed, Snapshot, Targets, Timestamp
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from firmware.model import Outcome
from firmware.sync.errors import MissingBlobError
from firmware.sync.fetch import FetchError, Source, SyncError, Trouble
from firmware.sync.judged import Judged
from firmware.sync.keeping import Keeper

METADATA: Final = "metadata"
TARGETS: Final = "targets"
ISSUED: Final = "x-issued"
ROOT_FLOOR: Final = "tuf/root"
TIME_FLOOR: Final = "time"
_ROOTS: Final = "metadata/root/"
_TOP: Final = (Timestamp.type, Snapshot.type, Targets.type)
_ROLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*){0,2}")
_MAX_NAME: Final = 96
_MAX_LISTED: Final = 8192
_MAX_ROLES: Final = 16
_MAX_VERSION: Final = (1 << 63) - 1
_MAX_TARGETS_BYTES: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that a role lists. `path` is where it lies in the repository; two names may share content."""

    name: str
    role: str
    length: int
    sha256: str

    @property
    def path(self) -> str:
        folder, slash, base = self.name.rpartition("/")
        return f"{TARGETS}/{folder}{slash}{self.sha256}.{base}"


@dataclass(frozen=True, slots=True)
class Repository:
    """What a source shows, verified whole and not older than anything before. `metadata`: name in the keeper -> bytes."""

    listed: Mapping[str, Listed]
    versions: Mapping[str, int]
    expires_s: Mapping[str, float]
    issued_s: int | None
    freshness: Outcome
    metadata: Mapping[str, bytes]
    floors: Mapping[str, int]


def look(source: Source, keeper: Keeper, root: bytes, judged: Judged, scratch: Path) -> Repository:
    """Refresh from this source. Raises SyncError; roots that were verified by then are kept all the same.

    `root` is the first root, from the image: never from the card, never from the source.
    """
    _lay_out(keeper, scratch)
    try:
        client = _Client(source, root, judged.reference, scratch)
    except exceptions.RepositoryError as error:
        raise SyncError(Trouble.NO_ROOT, f"the first root of this image cannot be used: {error}") from error
    try:
        with _in_our_words():
            roles = client.bring()
            repository = _examine(client, roles, judged, scratch)
    except SyncError:
        _keep_roots(keeper, client, scratch)
        raise
    _require_no_step_back(keeper.floors(), repository.floors)
    return repository


class _Client(Updater):
    """tuf's updater on our source, our clock and our limits."""

    def __init__(self, source: Source, root: bytes, at: datetime, scratch: Path) -> None:
        config = UpdaterConfig(
            max_root_rotations=64,
            max_delegations=_MAX_ROLES,
            root_max_length=64 << 10,
            timestamp_max_length=4 << 10,
            snapshot_max_length=64 << 10,
            targets_max_length=_MAX_TARGETS_BYTES,
        )
        super().__init__(str(scratch), f"{METADATA}/", fetcher=_Fetcher(source), config=config, bootstrap=root)
        self._trusted_set.reference_time = at

    @property
    def root(self) -> Root:
        return self._trusted_set.root

    def bring(self) -> dict[str, tuple[Signed, Role]]:
        """Every role's metadata, verified, and who may sign it: the top ones, then those that `targets` delegates to."""
        self.refresh()
        found: dict[str, tuple[Signed, Role]] = {
            name: (self._trusted_set[name], self.root.roles[name]) for name in _TOP
        }
        delegations: Delegations | None = self._trusted_set.targets.delegations
        roles = list((delegations.roles or {}).items()) if delegations else []
        if len(roles) > _MAX_ROLES or not all(_ROLE.fullmatch(name) and name not in found for name, _ in roles):
            raise SyncError(Trouble.MALFORMED, "the repository delegates to too many roles, or to one of an odd name")
        for name, role in roles:
            found[name] = (self._load_targets(name, Targets.type), role)
        return found


class _Fetcher(FetcherInterface):
    """Our source, as tuf asks for it. Every fault of the way is a DownloadError, and its cause says which."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def download_bytes(self, url: str, max_length: int) -> bytes:
        try:
            return self._source.get(
                url, min(max_length, _MAX_TARGETS_BYTES)
            )  # lengths that metadata names are a thief's, too
        except FetchError as error:
            if error.status is not None:
                raise exceptions.DownloadHTTPError(error.what, error.status) from error
            raise exceptions.DownloadError(error.what) from error

    def _fetch(self, url: str) -> Iterator[bytes]:
        yield self.download_bytes(url, _MAX_TARGETS_BYTES)


#: tuf looks at signatures and not at every type: well signed, a name may be a number, and a list a word.
_ODD: Final = (
    exceptions.RepositoryError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    OverflowError,
    RecursionError,
)


@contextlib.contextmanager
def _in_our_words() -> Iterator[None]:
    """tuf's exceptions -> SyncError. The order is from the particular to the general."""
    try:
        yield
    except exceptions.DownloadError as error:
        raise error.__cause__ if isinstance(error.__cause__, FetchError) else _offline(error) from error
    except exceptions.ExpiredMetadataError as error:
        raise SyncError(Trouble.EXPIRED, f"what is shown has ended: {error}") from error
    except exceptions.BadVersionNumberError as error:
        raise SyncError(Trouble.STEP_BACK, f"older than what was shown before, or not of one piece: {error}") from error
    except exceptions.UnsignedMetadataError as error:
        raise SyncError(Trouble.WRONG_KEYS, f"not signed by enough of the right keys: {error}") from error
    except exceptions.LengthOrHashMismatchError as error:
        raise SyncError(Trouble.MIXED, f"pieces that do not belong together: {error}") from error
    except _ODD as error:
        raise SyncError(Trouble.MALFORMED, f"no repository: {error}"[:300]) from error


def _offline(error: Exception) -> SyncError:
    return SyncError(Trouble.OFFLINE, str(error))


def _examine(client: _Client, roles: Mapping[str, tuple[Signed, Role]], judged: Judged, scratch: Path) -> Repository:
    timestamp = roles[Timestamp.type][0]
    expires_s = {name: signed.expires.timestamp() for name, (signed, _) in roles.items()}
    expires_s[Root.type] = client.root.expires.timestamp()
    versions = {name: signed.version for name, (signed, _) in roles.items()} | {Root.type: client.root.version}
    if not all(type(version) is int and 0 < version <= _MAX_VERSION for version in versions.values()):
        raise SyncError(Trouble.MALFORMED, "a version that is no number, or beyond all numbers")
    floors = {f"tuf/{name}.{_signers(role)}": versions[name] for name, (_, role) in roles.items()}
    floors[ROOT_FLOOR] = client.root.version
    issued_s = timestamp.unrecognized_fields.get(ISSUED)
    if type(issued_s) is not int or not 0 < issued_s <= expires_s[Root.type]:
        # Beyond the end of the root that vouches for it nothing was ever issued: a stolen key moves time no further.
        issued_s = None
    else:
        floors[TIME_FLOOR] = issued_s
    metadata = {f"{METADATA}/{name}.json": (scratch / f"{name}.json").read_bytes() for name in roles}
    return Repository(
        _listed(client, roles),
        versions,
        expires_s,
        issued_s,
        judged.freshness(min(expires_s.values())),
        metadata | _roots(client, scratch),
        floors,
    )


def _listed(client: _Client, roles: Mapping[str, tuple[Signed, Role]]) -> dict[str, Listed]:
    """What the delegated roles list, each only what it may; where two list a name, the one named first."""
    found: dict[str, Listed] = {}
    for role_name, (signed, role) in roles.items():
        if role_name in _TOP or not isinstance(signed, Targets):
            continue
        for name, target in signed.targets.items():
            sha256 = target.hashes.get("sha256", "")
            may = getattr(role, "is_delegated_path", None)
            if may is None or not may(name) or name in found:
                continue
            if type(target.length) is not int:
                raise SyncError(Trouble.MALFORMED, f"{role_name} lists a length that is no number")
            if len(name) > _MAX_NAME or not _NAME.fullmatch(name) or not re.fullmatch(r"[0-9a-f]{64}", sha256):
                raise SyncError(
                    Trouble.MALFORMED, f"{role_name} lists something under a name or a hash of another form"
                )
            found[name] = Listed(name, role_name, target.length, sha256)
    if len(found) > _MAX_LISTED:
        raise SyncError(Trouble.MALFORMED, f"more than {_MAX_LISTED} files are listed")
    return found


def _signers(role: Role) -> str:
    """A short name for who may sign: other keys, another count."""
    return hashlib.sha256(f"{role.threshold} {' '.join(sorted(role.keyids))}".encode()).hexdigest()[:12]


def _require_no_step_back(known: Mapping[str, int], shown: Mapping[str, int]) -> None:
    """TIME_FLOOR is no version: a signer whose clock is a little behind is no attack. It only never falls."""
    for name, version in shown.items():
        if name != TIME_FLOOR and version < known.get(name, 0):
            raise SyncError(
                Trouble.STEP_BACK,
                f"{name.removeprefix('tuf/')} is version {version}, and {known[name]} was seen before",
            )


def _lay_out(keeper: Keeper, scratch: Path) -> None:
    """tuf's folder as it was after the last round. What is missing or damaged is fetched again; the floors are the guard."""
    (scratch / "root_history").mkdir()
    kept = keeper.current()
    for name, digest in (kept.entries if kept else {}).items():
        if not name.startswith(f"{METADATA}/"):
            continue
        path = (
            scratch / "root_history" / f"{name.removeprefix(_ROOTS).removesuffix('.json')}.root.json"
            if name.startswith(_ROOTS)
            else scratch / name.removeprefix(f"{METADATA}/")
        )
        with contextlib.suppress(MissingBlobError):
            path.write_bytes(keeper.read(digest))


def _roots(client: _Client, scratch: Path) -> dict[str, bytes]:
    """The verified roots after the image's own, by their names in the keeper."""
    files = sorted((scratch / "root_history").glob("*.root.json"))
    numbers = [int(path.name.partition(".")[0]) for path in files]
    return {
        f"{_ROOTS}{number}.json": path.read_bytes()
        for number, path in zip(numbers, files, strict=True)
        if number <= client.root.version
    }


def _keep_roots(keeper: Keeper, client: _Client, scratch: Path) -> None:
    """A rotation that was seen stays seen, whatever came after it: old keys must not be believed again."""
    if client.root.version <= keeper.floors().get(ROOT_FLOOR, 0):
        return
    kept = keeper.current()
    entries = dict(kept.entries) if kept else {}
    entries |= {name: keeper.put(data) for name, data in _roots(client, scratch).items()}
    keeper.commit(entries, {ROOT_FLOOR: client.root.version})
