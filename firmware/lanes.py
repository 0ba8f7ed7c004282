"""What the lanes of one device tell each other of live codes: one small file a lane in memory (tmpfs), written by it alone.

A code is known by a keyed digest of its id and nonce; the key is random, drawn at start, and stands in the file, which only the
terminal's user may read. No plate, no name, no id. Bounded: so many places, each for so long.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.clock import boot_id, steady_s
from firmware.model import Identity
from firmware.verify.recall import REPLAY_S

_log = logging.getLogger("yanma")

FILE_NAME: Final = "live-codes"
PLACES: Final = 256
MAX_LANES: Final = 16
_MAGIC: Final = b"YLC1"
_KEY_BYTES: Final = 16
_DIGEST_BYTES: Final = 16
_ENTRY: Final = struct.Struct(f">{_DIGEST_BYTES}sd")
_HEAD: Final = struct.Struct(f">4s16s{_KEY_BYTES}s")
MAX_FILE_BYTES: Final = _HEAD.size + PLACES * _ENTRY.size


@dataclass(frozen=True, slots=True)
class Use:
    """Another lane took this code, so long ago."""

    lane: str
    age_s: float


class LaneBoard:
    """One lane's own list, and a look at those of the others."""

    def __init__(
        self, folder: Path, lane: str, steady: Callable[[], float] = steady_s, boot: Callable[[], str] = boot_id
    ) -> None:
        self._folder = folder
        self._lane = lane
        self._steady = steady
        self._boot = hashlib.sha256(boot().encode()).digest()[:16]
        self._key = secrets.token_bytes(_KEY_BYTES)
        self._own: dict[bytes, float] = {}
        self._complained = False

    def used(self, identity: Identity) -> Use | None:
        """Tell the others of this code; who of them had taken it before. Of two at the same moment, the first one is right.

        Never raises: a board that cannot be written or read is a single lane's.
        """
        now_s = self._steady()
        first_s = self._tell(identity, now_s)
        earliest: Use | None = None
        for lane, key, entries in self._others():
            at_s = entries.get(_digest(key, identity))
            if at_s is None or at_s >= first_s or now_s - at_s > REPLAY_S:
                continue
            if earliest is None or now_s - at_s > earliest.age_s:
                earliest = Use(lane, now_s - at_s)
        return earliest

    def __len__(self) -> int:
        return len(self._own)

    def _tell(self, identity: Identity, now_s: float) -> float:
        """When this lane first took the code. Written before the others are read: of two lanes one always sees the other."""
        digest = _digest(self._key, identity)
        self._own = {known: at_s for known, at_s in self._own.items() if now_s - at_s <= REPLAY_S}
        if digest in self._own:
            return self._own[digest]
        while len(self._own) >= PLACES:
            del self._own[next(iter(self._own))]
        self._own[digest] = now_s
        try:
            self._write()
        except OSError as error:
            if not self._complained:
                self._complained = True
                _log.warning("other lanes are not told of live codes: %s", error)
        return now_s

    def _write(self) -> None:
        """By rename, without a flush to any disk: it is memory, and gone with the power as it should be."""
        own = self._folder / self._lane
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = own / f"{FILE_NAME}.new"
        entries = (_ENTRY.pack(digest, at_s) for digest, at_s in self._own.items())
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(_HEAD.pack(_MAGIC, self._boot, self._key) + b"".join(entries))
        draft.replace(own / FILE_NAME)

    def _others(self) -> Iterator[tuple[str, bytes, dict[bytes, float]]]:
        paths = sorted(self._folder.glob(f"*/{FILE_NAME}"))[:MAX_LANES]
        for path in paths:
            lane = path.parent.name
            if lane == self._lane:
                continue
            try:
                with path.open("rb") as file:
                    data = file.read(MAX_FILE_BYTES + 1)
            except OSError:
                continue  # that lane has just ended
            if len(data) < _HEAD.size or len(data) > MAX_FILE_BYTES or (len(data) - _HEAD.size) % _ENTRY.size:
                continue
            magic, boot, key = _HEAD.unpack_from(data)
            if magic == _MAGIC and boot == self._boot:
                yield lane, key, dict(_ENTRY.iter_unpack(data[_HEAD.size :]))


def _digest(key: bytes, identity: Identity) -> bytes:
    parts = hashlib.blake2b(key=key, digest_size=_DIGEST_BYTES)
    parts.update(len(identity.cti).to_bytes(2, "big") + identity.cti + (identity.nonce or b""))
    return parts.digest()
