"""That one record stands in the log, without showing the others: C2SP's tlog-proof, with the record itself as its extra data."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.note import Note, NoteKey, parse_note
from firmware.ledger.reader import LedgerReader
from firmware.ledger.record import Record, decode
from firmware.ledger.tree import inclusion_proof, leaf_hash, require_included

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_PROOF_BYTES: Final = 16 * 1024
MAX_PATH: Final = 41
_FORM: Final = re.compile(
    rf"{re.escape(HEADER)}\nextra ([^\n]+)\nindex (0|[1-9][0-9]{{0,13}})\n((?:[^\n]+\n)*)\n(.+)", re.DOTALL
)


class RecordProofError(LedgerDamagedError):
    """A text that is no proof of a record, or one that does not hold."""


@dataclass(frozen=True, slots=True)
class RecordProof:
    """A record, its place, and the path from it to the root of a checkpoint. Unbelieved until `require`d."""

    body: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: Note

    @property
    def text(self) -> str:
        lines = [HEADER, f"extra {_b64(self.body)}", f"index {self.index}", *(_b64(each) for each in self.path)]
        return "\n".join(lines) + "\n\n" + self.checkpoint.text

    def require(self, key: NoteKey) -> Record:
        """The record, once it is proved. Raises LedgerDamagedError."""
        self.checkpoint.require(key)
        found = self.checkpoint.checkpoint
        if found.origin != key.name:
            raise RecordProofError(f"the checkpoint is of {found.origin}, the key of {key.name}")
        try:
            require_included(leaf_hash(self.body), self.index, found.size, self.path, found.root)
        except ValueError as error:
            raise RecordProofError(str(error)) from error
        return decode(self.body)


def prove(reader: LedgerReader, sequence: int, checkpoint: Note) -> RecordProof:
    """The proof of one kept record under a checkpoint of the log as it is now. Raises LedgerDamagedError."""
    log = reader.log()
    index = sequence - log.start_sequence
    if not max(log.gone.size, 1) <= index < checkpoint.checkpoint.size <= log.size:
        low, high = log.start_sequence + max(log.gone.size, 1), log.start_sequence + checkpoint.checkpoint.size - 1
        raise RecordProofError(f"record {sequence} is not kept under this checkpoint: {low} to {high} are")
    (body,) = reader.bodies(index, index + 1)
    path = inclusion_proof(reader.nodes(), index, checkpoint.checkpoint.size)
    return RecordProof(body, index, tuple(path), checkpoint)


def parse_proof(text: str) -> RecordProof:
    """The proof, in its one form. Raises LedgerDamagedError."""
    form = _FORM.fullmatch(text) if len(text) <= MAX_PROOF_BYTES else None
    if form is None:
        raise RecordProofError("not a proof of one record")
    path = form[3].splitlines()
    if len(path) > MAX_PATH:
        raise RecordProofError("a path that is too long")
    try:
        body, *hashes = (base64.b64decode(each, validate=True) for each in (form[1], *path))
    except (binascii.Error, ValueError):
        raise RecordProofError("base64 expected") from None
    proof = RecordProof(body, int(form[2]), tuple(hashes), parse_note(form[4]))
    if proof.text != text:
        raise RecordProofError("a proof that is not in its one form")
    return proof


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
