"""Signed notes, checkpoints and cosignatures, as C2SP writes them (signed-note, tlog-checkpoint, tlog-cosignature v1).

A checkpoint is three lines: the log's origin, how many leaves its tree has, and the root in base64. Under it stand
signature lines. The log signs the text itself; a witness (our collector) signs it with the time at which it saw it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.tree import HASH_BYTES, MAX_SIZE

MAX_NOTE_BYTES: Final = 4096
MAX_SIGNATURES: Final = 8
KEY_HASH_BYTES: Final = 4
TIME_BYTES: Final = 8
MAX_NAME: Final = 100
_NAME: Final = re.compile(rf"[!-*,-~]{{1,{MAX_NAME}}}")  # printable ASCII without space and plus
_DASH: Final = "— "


class NoteError(LedgerDamagedError):
    """A note that is not in form, or not signed by the key that it needs."""


class KeyType(IntEnum):
    """The signature types of C2SP that are used here, both of them Ed25519."""

    LOG = 1
    WITNESS = 4


@dataclass(frozen=True, slots=True)
class NoteKey:
    """The public half of a signer: a name, what it signs as, and 32 bytes."""

    name: str
    type: KeyType
    public: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.public) != 32:
            raise NoteError("a key needs a name without spaces and 32 bytes")

    @property
    def hash(self) -> bytes:
        """The four bytes by which a signature line names this key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes((self.type,)) + self.public).digest()[:KEY_HASH_BYTES]

    @property
    def text(self) -> str:
        """The key on one line, as C2SP's tools take it: name+hash+base64."""
        return f"{self.name}+{self.hash.hex()}+{_b64(bytes((self.type,)) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> NoteKey:
        """The key of such a line. Raises NoteError."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or len(text) > 2 * MAX_NAME + 64:
            raise NoteError("a key is one line: name+hash+base64")
        raw = _unb64(parts[2])
        if len(raw) != 33 or raw[0] not in (KeyType.LOG, KeyType.WITNESS):
            raise NoteError("a key of a type that is not known here")
        key = cls(parts[0], KeyType(raw[0]), raw[1:])
        if key.hash.hex() != parts[1]:
            raise NoteError("a key whose hash is not its own: a character is wrong")
        return key


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: this many leaves, under this root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint as it came, with its signature lines, unbelieved."""

    checkpoint: Checkpoint
    signatures: tuple[tuple[str, bytes], ...]  # (name, key hash + signature)

    @property
    def text(self) -> str:
        return self.checkpoint.text + "\n" + "".join(f"{_DASH}{name} {_b64(raw)}\n" for name, raw in self.signatures)

    def with_signature(self, key: NoteKey, raw: bytes) -> Note:
        """One more signature line. `raw` is what `message_of` was signed to, a witness's time before it."""
        return Note(self.checkpoint, (*self.signatures, (key.name, key.hash + raw)))

    def require(self, key: NoteKey) -> float:
        """The time that the signature says (0.0 for a log's own, which says none). Raises NoteError unless `key` signed."""
        for name, raw in self.signatures:
            if name != key.name or raw[:KEY_HASH_BYTES] != key.hash:
                continue
            stamp, signature = b"", raw[KEY_HASH_BYTES:]
            if key.type is KeyType.WITNESS:
                stamp, signature = signature[:TIME_BYTES], signature[TIME_BYTES:]
            utc_s = int.from_bytes(stamp, "big")
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(
                    signature, message_of(self.checkpoint, key, utc_s)
                )
            except InvalidSignature:
                raise NoteError(f"the signature of {key.name} under the checkpoint does not hold") from None
            return float(utc_s)
        raise NoteError(f"the checkpoint is not signed by {key.name} with the key {key.hash.hex()}")


def message_of(checkpoint: Checkpoint, key: NoteKey, utc_s: int = 0) -> bytes:
    """The bytes that a key of this type signs."""
    if key.type is KeyType.LOG:
        return checkpoint.text.encode()
    return f"cosignature/v1\ntime {utc_s}\n{checkpoint.text}".encode()


def parse_note(text: str) -> Note:
    """The note, to the last byte. Raises NoteError; nothing of it is believed yet."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_NOTE_BYTES:
        raise NoteError("a checkpoint that is too long")
    body, blank, rest = text.partition("\n\n")
    lines = body.split("\n")
    if not blank or len(lines) != 3 or not _NAME.fullmatch(lines[0]):
        raise NoteError("a checkpoint is an origin, a size and a root, then a blank line and signatures")
    if not re.fullmatch(r"0|[1-9][0-9]{0,13}", lines[1]) or int(lines[1]) > MAX_SIZE:
        raise NoteError("a checkpoint whose size is no number of leaves")
    checkpoint = Checkpoint(lines[0], int(lines[1]), _unb64(lines[2]))
    if len(checkpoint.root) != HASH_BYTES:
        raise NoteError("a checkpoint whose root is no hash")
    note = Note(checkpoint, tuple(_signature(line) for line in rest.splitlines()[: MAX_SIGNATURES + 1]))
    if not 0 < len(note.signatures) <= MAX_SIGNATURES or note.text != text:
        raise NoteError("a checkpoint without signatures, with too many, or not in its one form")
    return note


def _signature(line: str) -> tuple[str, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not _NAME.fullmatch(name):
        raise NoteError("a signature line is a dash, a name and base64")
    return name, _unb64(encoded)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unb64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("base64 expected") from None
    if _b64(data) != text:
        raise NoteError("base64 that is not in its one form")
    return data
