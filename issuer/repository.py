"""A bundle of trust data -> a repository of The Update Framework in a folder, for any static server, object store or stick.

DIR/metadata/timestamp.json                         the one file that changes in place
DIR/metadata/N.{root,snapshot,targets,ROLE}.json    never changed once written
DIR/targets/[FOLDER/]SHA256.NAME                    never changed once written

Small roles by rhythm: what changes hourly is signed by a key that can sign nothing else. With the same keys, bundle and
time the same bytes come out.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Signed,
    Snapshot,
    T,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from issuer.dates import DAY_S
from issuer.errors import bad_data
from issuer.files import make_folder, write_atomically
from issuer.ring import Ring

#: Seconds UTC of the signing: a floor for the clocks of terminals.
ISSUED: Final = "x-issued"
ROOT_KEYS: Final = 3
ROOT_THRESHOLD: Final = 2
LIFE_DAYS: Final = {
    "root": 365,
    "targets": 365,
    "trust": 90,
    "firmware": 90,
    "status-now": 7,
    "snapshot": 7,
    "timestamp": 1,
}
#: Delegated role -> what it may list.
MAY_LIST: Final = {
    "trust": ["trust.cwt", "rules.cwt"],
    "status-now": ["status/*", "register.cwt", "register/*"],
    "firmware": ["firmware/*"],
}
_TOP: Final = ("targets", "snapshot", "timestamp")
_COMPACT: Final = JSONSerializer(compact=True)


@dataclass(frozen=True, slots=True)
class Published:
    """The version of each role now, the roles signed anew (the timestamp always is), and how many files are listed."""

    versions: Mapping[str, int]
    renewed: tuple[str, ...]
    files: int


class Publisher:
    """One publication into `folder` at `now_s`, with the keys of `ring`. Raises OfficeError."""

    def __init__(self, folder: Path, ring: Ring, now_s: int) -> None:
        self._metadata = make_folder(folder / "metadata")
        self._targets = make_folder(folder / "targets")
        self._ring = ring
        self._now_s = now_s
        self._drafts: list[tuple[Path, bytes]] = []
        self._renewed: list[str] = []

    def publish(self, bundle: Path) -> Published:
        """Lay out the bundle. What is named is written before what names it: the timestamp comes last."""
        listed = {name: self._put(name, data) for name, data in _files(bundle)}
        root = self._root()
        timestamp = self._load("timestamp", Timestamp)
        snapshot = self._load(f"{timestamp.signed.snapshot_meta.version}.snapshot", Snapshot) if timestamp else None
        old = snapshot.signed.meta if snapshot else {}
        meta = {f"{role}.json": self._delegated(role, listed, old) for role in MAY_LIST}
        meta["targets.json"] = self._top_targets(old)
        snapshot_meta = self._snapshot(meta, snapshot, timestamp)
        version = self._timestamp(snapshot_meta, timestamp)
        for path, data in self._drafts:
            _write(path, data)
        versions = {name.removesuffix(".json"): found.version for name, found in meta.items()}
        versions |= {"root": root.version, "snapshot": snapshot_meta.version, "timestamp": version}
        return Published(versions, tuple(self._renewed), len(listed))

    def _root(self) -> Root:
        """The root in force, made anew where there is none, where the keys in use are others, or where it ends soon."""
        newest = newest_root(self._metadata)
        before = self._load(f"{newest}.root", Root)
        signers = {"root": self._ring.newest("root", ROOT_KEYS)} | {role: self._ring.newest(role) for role in _TOP}
        if before and not self._ends_soon(before.signed, "root"):
            ids = {role: {signer.public_key.keyid for signer in found} for role, found in signers.items()}
            if all(set(before.signed.roles[role].keyids) == ids[role] for role in ids):
                return before.signed
        root = Root(version=newest + 1, expires=self._end("root"), consistent_snapshot=True)
        for role, found in signers.items():
            for signer in found:
                root.add_key(signer.public_key, role)
        root.roles["root"].threshold = ROOT_THRESHOLD
        made = Metadata(root)
        old = self._ring.held("root", before.signed.roles["root"].keyids) if before else []
        for signer in (*signers["root"], *old):
            made.sign(signer, append=True)
        if before:
            _require_enough(before.signed, made)
        self._draft(f"{root.version}.root", made, "root")
        return root

    def _delegated(self, role: str, listed: Mapping[str, TargetFile], old: Mapping[str, MetaFile]) -> MetaFile:
        may = DelegatedRole(role, [], 1, terminating=True, paths=MAY_LIST[role])
        files = {name: found for name, found in listed.items() if may.is_delegated_path(name)}
        before = self._before(role, Targets, old)
        if before and before.signed.targets == files and self._serves_on(role, before):
            return old[f"{role}.json"]
        new = Targets(version=_next(before), expires=self._end(role), targets=files)
        return self._sign(role, Metadata(new))

    def _top_targets(self, old: Mapping[str, MetaFile]) -> MetaFile:
        keys = {role: self._ring.newest(role)[0].public_key for role in MAY_LIST}
        roles = {
            role: DelegatedRole(role, [keys[role].keyid], 1, terminating=True, paths=paths)
            for role, paths in MAY_LIST.items()
        }
        delegations = Delegations({key.keyid: key for key in keys.values()}, roles)
        before = self._before("targets", Targets, old)
        if before and before.signed.delegations == delegations and self._serves_on("targets", before):
            return old["targets.json"]
        new = Targets(version=_next(before), expires=self._end("targets"), delegations=delegations)
        return self._sign("targets", Metadata(new))

    def _snapshot(
        self, meta: dict[str, MetaFile], before: Metadata[Snapshot] | None, timestamp: Metadata[Timestamp] | None
    ) -> MetaFile:
        if before and timestamp and before.signed.meta == meta and self._serves_on("snapshot", before):
            return timestamp.signed.snapshot_meta
        new = Snapshot(version=_next(before), expires=self._end("snapshot"), meta=meta)
        return self._sign("snapshot", Metadata(new))

    def _timestamp(self, snapshot_meta: MetaFile, before: Metadata[Timestamp] | None) -> int:
        new = Timestamp(
            version=_next(before),
            expires=self._end("timestamp"),
            snapshot_meta=snapshot_meta,
            unrecognized_fields={ISSUED: self._now_s},
        )
        made = Metadata(new)
        made.sign(self._ring.newest("timestamp")[0])
        self._draft("timestamp", made, "timestamp")
        return new.version

    def _sign(self, role: str, made: Metadata[T]) -> MetaFile:
        made.sign(self._ring.newest(role)[0])
        data = self._draft(f"{made.signed.version}.{role}", made, role)
        return MetaFile(made.signed.version, len(data), {"sha256": hashlib.sha256(data).hexdigest()})

    def _draft(self, name: str, made: Metadata[T], role: str) -> bytes:
        data = made.to_bytes(_COMPACT)
        self._drafts.append((self._metadata / f"{name}.json", data))
        self._renewed.append(role)
        return data

    def _put(self, name: str, data: bytes) -> TargetFile:
        """The file under the name of its hash; what lies there already is the same."""
        found = TargetFile.from_data(name, data, ["sha256"])
        folder, _, base = name.rpartition("/")
        path = make_folder(self._targets / folder) / f"{found.hashes['sha256']}.{base}"
        if not path.exists():
            write_atomically(path, data)
        return found

    def _before(self, role: str, kind: type[T], old: Mapping[str, MetaFile]) -> Metadata[T] | None:
        found = old.get(f"{role}.json")
        return self._load(f"{found.version}.{role}", kind) if found else None

    def _load(self, name: str, kind: type[T]) -> Metadata[T] | None:
        path = self._metadata / f"{name}.json"
        if not path.exists():
            return None
        try:
            found: Metadata[T] = Metadata[T].from_bytes(path.read_bytes())
        except RepositoryError as error:
            raise bad_data(f"{path} is no metadata of a repository ({error}): publish into an empty folder") from None
        if not isinstance(found.signed, kind):
            raise bad_data(f"{path} is metadata of another role: publish into an empty folder")
        return found

    def _serves_on(self, role: str, before: Metadata[T]) -> bool:
        """Signed by the key in use, and not ending soon."""
        return self._ring.newest(role)[0].public_key.keyid in before.signatures and not self._ends_soon(
            before.signed, role
        )

    def _ends_soon(self, signed: Signed, role: str) -> bool:
        """Less than half of its life is left."""
        return signed.expires.timestamp() - self._now_s < LIFE_DAYS[role] * DAY_S / 2

    def _end(self, role: str) -> datetime:
        return datetime.fromtimestamp(self._now_s + LIFE_DAYS[role] * DAY_S, UTC)


def _write(path: Path, data: bytes) -> None:
    """As `write_atomically`, never with the same time as the file before: servers make their ETag of seconds and length, and
    would answer "not modified" to whoever came between two publications of one second."""
    before_s = int(path.stat().st_mtime) if path.exists() else 0
    write_atomically(path, data)
    if int(path.stat().st_mtime) <= before_s:
        os.utime(path, (before_s + 1, before_s + 1))


def newest_root(metadata: Path) -> int:
    """The highest version of a root in this folder; 0 where there is none."""
    numbers = (path.name.partition(".")[0] for path in metadata.glob("*.root.json"))
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def _files(bundle: Path) -> Iterator[tuple[str, bytes]]:
    """What of a bundle's folder is published, by name; anchors and whatever else lies there is not."""
    paths = {
        path.relative_to(bundle).as_posix(): path for path in sorted(bundle.glob("*")) + sorted(bundle.glob("*/*"))
    }
    may = [DelegatedRole(role, [], 1, terminating=True, paths=patterns) for role, patterns in MAY_LIST.items()]
    found = {
        name: path
        for name, path in paths.items()
        if path.is_file() and any(role.is_delegated_path(name) for role in may)
    }
    for name in ("trust.cwt", "rules.cwt"):
        if name not in found:
            raise bad_data(f"{bundle} is no bundle: there is no {name} in it")
    for name, path in found.items():
        if not path.name.startswith("."):
            yield name, path.read_bytes()


def _require_enough(before: Root, made: Metadata[Root]) -> None:
    """Terminals believe a new root by the old one's threshold, and by its own."""
    try:
        before.verify_delegate(Root.type, made.signed_bytes, made.signatures)
        made.signed.verify_delegate(Root.type, made.signed_bytes, made.signatures)
    except RepositoryError:
        need = before.roles[Root.type].threshold
        raise bad_data(
            f"a new root must be signed by {need} keys of the root before it: bring their files into the folder of keys"
        ) from None


def _next(before: Metadata[T] | None) -> int:
    return before.signed.version + 1 if before else 1
