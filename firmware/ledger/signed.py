"""Signed JSON of this device: one line in its one form, `{..., "signature"}` and a newline; any other byte is refused.

The signature is Ed25519 (RFC 8032) by the device's key, over a context that says what is signed and the canonical form (RFC 8785)
of all members but itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firmware.ledger import canonical
from firmware.ledger.device import DeviceKey, device_id
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.note import NoteKey

SIGNATURE: Final = "signature"


class SignedError(LedgerDamagedError):
    """Something signed that does not hold."""


@dataclass(frozen=True, slots=True)
class InRow:
    """One of a row of signed files, each naming the digest of the one before it; its signature held under the key that it names."""

    body: dict[str, Any]
    content: bytes

    @property
    def number(self) -> int:
        return int(self.body["number"])

    @property
    def digest(self) -> str:
        """What the next one names as the one before it."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def key(self) -> NoteKey:
        return NoteKey.parse(self.body["device"]["key"])


def sign(said: Mapping[str, Any], key: DeviceKey, context: bytes) -> bytes:
    """The line. Raises CanonicalError for a value that has no canonical form."""
    signature = base64.b64encode(key.sign(context + canonical.encode(dict(said)))).decode()
    return canonical.encode({**said, SIGNATURE: signature}) + b"\n"


def read(content: bytes, members: frozenset[str], most_bytes: int) -> dict[str, Any]:
    """The members of a line, the signature among them: not believed yet. Raises SignedError and CanonicalError."""
    if len(content) > most_bytes or not content.endswith(b"\n"):
        raise SignedError(f"longer than {most_bytes} bytes, or not one line")
    said = canonical.decode(content[:-1])
    if not isinstance(said, dict) or set(said) != members | {SIGNATURE}:
        raise SignedError(f"other members than {', '.join(sorted(members))}")
    return said


def signer_of(device: Mapping[str, str]) -> NoteKey:
    """The key that `device` names by its `key`, and again by its `id`. Raises LedgerDamagedError."""
    key = NoteKey.parse(device["key"])
    if device["id"] != device_id(key.public):
        raise SignedError("the device's id is not that of its key")
    return key


def require_signature(said: Mapping[str, Any], key: NoteKey, context: bytes) -> None:
    """Raises SignedError unless this key signed these members under this context, in the signature's one form."""
    signed = {name: value for name, value in said.items() if name != SIGNATURE}
    try:
        signature = base64.b64decode(said[SIGNATURE], validate=True)
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, context + canonical.encode(signed))
    except (binascii.Error, TypeError, ValueError, InvalidSignature):
        raise SignedError("the signature does not hold") from None
    if base64.b64encode(signature).decode() != said[SIGNATURE]:
        raise SignedError("a signature that is not in its one form")
