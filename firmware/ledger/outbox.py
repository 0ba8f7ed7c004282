"""What goes to the collector and what comes back, as files: the terminal has no network, and another user carries them.

    outbox/DEVICE-0000000000-0000004096.batch      written here alone; taken away once a receipt covers it
    inbox/DEVICE.receipt                           written by the carrier alone; believed only after its signatures held

Which batch comes next is read from the folders themselves: a batch that was lost, or never sent, is simply made again.
Lanes that share a ledger share the outbox too, and look after it one at a time.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.ledger.columns import MAX_RECORDS
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.export import write
from firmware.ledger.keys import sync_folder
from firmware.ledger.lane_names import sign_names
from firmware.ledger.lock import alone
from firmware.ledger.note import MAX_NOTE_BYTES, NoteKey, parse_note
from firmware.ledger.record import decode
from firmware.ledger.store import LedgerStore

MAX_WAITING: Final = 256
#: A batch's head and signatures are 950 bytes: over 300 records they are three bytes each. Fewer wait, but not for ever.
LEAST_LEAVES: Final = 300
LONGEST_WAIT_S: Final = 6 * 3600.0
_NAME: Final = re.compile(r"([0-9a-f]{16})-(\d{10,14})-(\d{10,14})\.batch")
_MODE: Final = 0o640  # the folder's group is the carrier's; the umask of the service would keep it out


@dataclass(frozen=True, slots=True)
class Exchange:
    """The two folders, and the collector whose receipts are believed. Fewer than `least` new leaves wait for more, or for hours."""

    outbox: Path
    inbox: Path
    collector: NoteKey
    least: int = LEAST_LEAVES

    def alone(self) -> AbstractContextManager[bool]:
        """Nobody else lays out batches meanwhile. False at once when another lane does. May raise OSError."""
        return alone(self._made_outbox())

    def run(self, store: LedgerStore) -> int:
        """Take in the newest receipt, clear what it covers, and lay out what it does not; gives how many batches were laid out.

        May raise OSError, sqlite3.Error or LedgerDamagedError; a receipt that is not ours is an error too, and changes nothing.
        """
        self._accept(store)
        receipts = store.receipts()
        covered = max(receipts[-1].checkpoint.size if receipts else 0, store.log().gone.size)
        end = covered
        for first, size, path in self._batches(store.key.id):
            if size <= covered or first > end:
                path.unlink()
            else:
                end = size
        made = 0
        head = store.log().size
        if head - end < self.least and not self._waits_too_long(store, end):
            return 0
        head = store.checkpoint().checkpoint.size
        while end < head and made < MAX_WAITING:
            size = min(head, end + MAX_RECORDS)
            self._lay_out(store, end, size)
            end, made = size, made + 1
        return made

    @staticmethod
    def _waits_too_long(store: LedgerStore, first: int) -> bool:
        """Whether the oldest record that no batch holds is old, by the time that is certainly past."""
        body = next(store.bodies(max(first, 1)), None)
        return body is not None and store.floor_s() - decode(body).utc_s >= LONGEST_WAIT_S

    def _accept(self, store: LedgerStore) -> None:
        path = self.inbox / f"{store.key.id}.receipt"
        try:
            with path.open("rb") as file:
                text = file.read(MAX_NOTE_BYTES + 1).decode("utf-8", "replace")
        except FileNotFoundError:
            return
        note = parse_note(text)
        if note.checkpoint.size > store.log().size:
            raise LedgerDamagedError(f"a receipt for {note.checkpoint.size} leaves, and the log has {store.log().size}")
        store.accept_receipt(note, self.collector)

    def _batches(self, device: str) -> Iterator[tuple[int, int, Path]]:
        """(first, size, path) of the batches that wait, in order; other devices' and half-written files are left alone."""
        found = []
        for path in self._made_outbox().iterdir():
            named = _NAME.fullmatch(path.name)
            if named and named[1] == device:
                found.append((int(named[2]), int(named[3]), path))
        yield from sorted(found)

    def _made_outbox(self) -> Path:
        self.outbox.mkdir(mode=0o750, parents=True, exist_ok=True)
        return self.outbox

    def _lay_out(self, store: LedgerStore, first: int, size: int) -> None:
        checkpoint = store.key.sign_checkpoint(size, store.edge_at(size).root())
        export = store.export(store.key.note_key, first, checkpoint, sign_names(store.key, store.lanes()))
        path = self.outbox / f"{store.key.id}-{first:010d}-{size:010d}.batch"
        draft = path.with_suffix(".new")
        with draft.open("wb") as file:
            for piece in write(export):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(_MODE)
        draft.replace(path)
        sync_folder(self.outbox)
