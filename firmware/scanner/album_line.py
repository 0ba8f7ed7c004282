"""Asking for the frame of a read, and the answer, between parent and child. Light: the parent loads no picture library.

A question is the SHA-256 of the payload and 32 bytes that the seal shall be bound to; the answer those 32 bytes and the sealed
photograph, or nothing after them. The parent checks that it is sealed, and cannot open it.
"""

from __future__ import annotations

from typing import Final

from firmware.photo_seal import BINDING_BYTES, MAGIC

DIGEST_BYTES: Final = 32
ASK_BYTES: Final = DIGEST_BYTES + BINDING_BYTES
#: One message of a local socket holds it whole (net.core.wmem_default is 212,992).
MAX_SEALED_BYTES: Final = 160_000
MAX_ANSWER_BYTES: Final = BINDING_BYTES + MAX_SEALED_BYTES


def decode_answer(message: bytes) -> tuple[bytes, bytes] | None:
    """(binding, sealed); None for anything else, a picture that is not sealed above all."""
    binding, sealed = message[:BINDING_BYTES], message[BINDING_BYTES:]
    if len(binding) != BINDING_BYTES or len(sealed) > MAX_SEALED_BYTES or not (not sealed or sealed.startswith(MAGIC)):
        return None
    return binding, sealed
