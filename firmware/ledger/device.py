"""The key of this device: made on its first start, never leaving it. Everything that it signs names it.

Where systemd hands in a credential of the name below (see docs/install.md), that is the key; otherwise it is a file of
the ledger's folder with mode 0400. Only the public half is ever shown.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.keys import KEY_BYTES, write_once
from firmware.ledger.note import Checkpoint, KeyType, Note, NoteKey, message_of

FILE_NAME: Final = "device.key"
CREDENTIAL: Final = "yanma-device-key"
CREDENTIALS_VARIABLE: Final = "CREDENTIALS_DIRECTORY"
MODE: Final = 0o400
#: Names logs and receipts; the scheme-less form that C2SP asks of an origin.
ORIGIN: Final = "yanma/ledger/"


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """Signs as this device. Printing it never shows the private half."""

    _private: Ed25519PrivateKey
    public: bytes

    @classmethod
    def from_bytes(cls, private: bytes, whence: str) -> DeviceKey:
        if len(private) != KEY_BYTES:
            raise LedgerDamagedError(f"{whence}: a device key has {KEY_BYTES} bytes, this one {len(private)}")
        key = Ed25519PrivateKey.from_private_bytes(private)
        return cls(key, key.public_key().public_bytes_raw())

    @property
    def id(self) -> str:
        """16 hexadecimal digits that name the device."""
        return device_id(self.public)

    @property
    def note_key(self) -> NoteKey:
        """The public half; its name is the origin of this device's log."""
        return NoteKey(ORIGIN + self.id, KeyType.LOG, self.public)

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)

    def sign_checkpoint(self, size: int, root: bytes) -> Note:
        key = self.note_key
        checkpoint = Checkpoint(key.name, size, root)
        return Note(checkpoint, ()).with_signature(key, self.sign(message_of(checkpoint, key)))


def device_id(public: bytes) -> str:
    return hashlib.sha256(b"yanma device\n" + public).hexdigest()[:16]


def credential_file(environ: Mapping[str, str]) -> Path | None:
    """The key that systemd hands in, where it hands one in."""
    folder = environ.get(CREDENTIALS_VARIABLE, "")
    path = Path(folder) / CREDENTIAL
    return path if folder and path.is_file() else None


#: How systemd-creds sealed a credential: the first 16 bytes of it say so (credential-util.h).
SEALS: Final = {
    "5a1c6a86df9d4096b1d5a65e0862f19a": "host",
    "0c7cc07b117645919c4b0bea08bc20fe": "tpm2",
    "faf7eb9341e3412ca1a436f95a29362f": "tpm2",
    "93a894094874449090caf2fc93cab553": "host and tpm2",
    "af4950a849134eb1a73846304ff30c05": "host and tpm2",
}
SEALED_FILE: Final = Path("/etc/credstore.encrypted") / CREDENTIAL


def sealed_by(sealed: Path = SEALED_FILE) -> str:
    """What seals the device's key: host, tpm2, both; plain where it is a mere file."""
    try:
        head = base64.b64decode(b"".join(sealed.read_bytes()[:64].split())[:24])
    except (OSError, ValueError):
        return "plain"
    return SEALS.get(head[:16].hex(), "an unknown way")


#: The ledger's thread and that of the receipts meet here at the first verdict of a new device, which shall have one key.
_MAKING: Final = threading.Lock()


def open_device_key(folder: Path, credential: Path | None = None) -> DeviceKey:
    """This device's key, made now when there is none. OSError or LedgerDamagedError when it cannot be had."""
    if credential is not None:
        return DeviceKey.from_bytes(credential.read_bytes(), f"credential {credential.name}")
    path = folder / FILE_NAME
    with _MAKING:
        if not path.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_once(path, secrets.token_bytes(KEY_BYTES), MODE)
    return read_device_key(path)


def own_public(folder: Path, environ: Mapping[str, str]) -> NoteKey | None:
    """The public half of this device's key, which is never made here; None when it has none yet. Raises like the next."""
    handed = credential_file(environ)
    try:
        key = read_device_key(folder / FILE_NAME) if handed is None else open_device_key(folder, handed)
    except FileNotFoundError:
        return None
    return key.note_key


def read_device_key(path: Path) -> DeviceKey:
    """The key of a file that only its owner may read. Raises OSError or LedgerDamagedError."""
    if path.stat().st_mode & 0o077 and os.name == "posix":
        raise LedgerDamagedError(f"others may read {path.name}: chmod 400 {path}, or remove it and start a new device")
    return DeviceKey.from_bytes(path.read_bytes(), path.name)
