"""A small reference collector: takes terminals' batches of records, and signs what it holds of each log.

A receipt is the log's own checkpoint with the collector's signature and time under it (C2SP tlog-cosignature v1): "as of
this time I hold all of the first N leaves, and they have this root". It is given once everything is on the disk, and never
for two different logs of one device: a batch that does not continue what is here is kept as evidence, and refused.

    DIR/DEVICE/00000000000-00000004096-ROOT.batch   DIR/DEVICE/state.json   DIR/DEVICE/refused-*.batch
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from firmware.ledger.audit import audit
from firmware.ledger.device import ORIGIN, device_id
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.export import Export, read
from firmware.ledger.note import KeyType, Note, NoteKey, message_of, parse_note
from firmware.ledger.tree import Edge
from issuer.errors import bad_data
from issuer.files import make_folder, write_atomically
from issuer.keys import SigningKey

MAX_BATCH_BYTES: Final = 1 << 20
MAX_REFUSED: Final = 8
STATE: Final = "state.json"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a receipt with 200, else one line that says why not."""

    status: HTTPStatus
    text: str


@dataclass(frozen=True, slots=True)
class Held:
    """What is here of one device's log."""

    key: NoteKey
    edge: Edge
    receipt: Note


class Collector:
    """Holds logs in a folder. One thread, one process."""

    def __init__(
        self, folder: Path, key: SigningKey, name: str, now_s: Callable[[], float], *, accept_new: bool
    ) -> None:
        self._folder = make_folder(folder)
        self._key = key
        self._now_s = now_s
        self._accept_new = accept_new
        self.public: Final = NoteKey(name, KeyType.WITNESS, key.public)

    def receive(self, content: bytes) -> Reply:
        """One batch. Idempotent: what is held already is answered with the newest receipt. Raises OfficeError (disk)."""
        if len(content) > MAX_BATCH_BYTES:
            return Reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a batch has at most {MAX_BATCH_BYTES} bytes")
        try:
            export = read(content)
            audit(export)
        except LedgerDamagedError as error:
            return Reply(HTTPStatus.BAD_REQUEST, f"not a batch that holds: {error}")
        device = device_id(export.key.public)
        if export.key.name != ORIGIN + device:
            return Reply(HTTPStatus.BAD_REQUEST, "the log is not named after its key")
        held = self.held(device)
        if held is None:
            if not self._accept_new and not (self._folder / device).is_dir():
                return Reply(HTTPStatus.FORBIDDEN, f"the device {device} is not known here: make its folder")
            return self._keep(device, export, content)
        if export.size <= held.edge.size:
            return self._known(device, held, export, content)
        return self._continue(device, held, export, content)

    def held(self, device: str) -> Held | None:
        """What is here of a device; None for none. Raises OfficeError when it was damaged."""
        try:
            state = json.loads((self._folder / device / STATE).read_text(encoding="utf-8"))
            edge = Edge(state["size"], tuple(base64.b64decode(each) for each in state["edge"]))
            return Held(NoteKey.parse(state["key"]), edge, parse_note(state["receipt"]))
        except FileNotFoundError:
            return None
        except (LedgerDamagedError, ValueError, KeyError, TypeError) as error:
            raise bad_data(f"{self._folder / device / STATE} is damaged ({error}): restore it from a copy") from None

    def _known(self, device: str, held: Held, export: Export, content: bytes) -> Reply:
        """A batch from before: the same again is answered again, and another log of that size is refused."""
        root = export.checkpoint.checkpoint.root
        same_size = sorted((self._folder / device).glob(f"*-{export.size:011d}-*.batch"))
        if same_size and not any(path.name.endswith(f"-{root.hex()[:16]}.batch") for path in same_size):
            return self._refuse(device, export, content, "this log and the one held differ")
        return Reply(HTTPStatus.OK, held.receipt.text)

    def _continue(self, device: str, held: Held, export: Export, content: bytes) -> Reply:
        overlap = held.edge.size - export.edge.size
        if overlap < 0:
            return Reply(
                HTTPStatus.CONFLICT, f"a gap: {held.edge.size} leaves are held, this begins at {export.edge.size}"
            )
        if export.edge.extend(export.bodies[:overlap]) != held.edge:
            return self._refuse(device, export, content, "this log does not continue the one held")
        return self._keep(device, export, content)

    def _keep(self, device: str, export: Export, content: bytes) -> Reply:
        """On the disk first, then the receipt: a cut in between means that the batch is sent again."""
        folder = make_folder(self._folder / device)
        checkpoint = export.checkpoint.checkpoint
        name = f"{export.edge.size:011d}-{export.size:011d}-{checkpoint.root.hex()[:16]}.batch"
        write_atomically(folder / name, content)
        now_s = int(self._now_s())
        signed = self._key.sign(message_of(checkpoint, self.public, now_s))
        log_line = next(line for line in export.checkpoint.signatures if line[0] == export.key.name)
        receipt = Note(checkpoint, (log_line,)).with_signature(self.public, now_s.to_bytes(8, "big") + signed)
        edge = export.edge.extend(export.bodies)
        state: dict[str, Any] = {
            "key": export.key.text,
            "size": edge.size,
            "edge": [base64.b64encode(each).decode() for each in edge.hashes],
            "receipt": receipt.text,
        }
        write_atomically(folder / STATE, json.dumps(state, indent=1).encode())
        return Reply(HTTPStatus.OK, receipt.text)

    def _refuse(self, device: str, export: Export, content: bytes, why: str) -> Reply:
        """Two logs of one device, both signed by it: the proof that one was rewritten. Kept, up to a few."""
        folder = self._folder / device
        root = export.checkpoint.checkpoint.root.hex()[:16]
        if len(list(folder.glob("refused-*.batch"))) < MAX_REFUSED:
            write_atomically(folder / f"refused-{export.size:011d}-{root}.batch", content)
        return Reply(HTTPStatus.CONFLICT, f"{why}: refused, and kept as evidence")
