"""What an algorithm is to this room: load a public key that is checked once, verify a signature with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class BadSignatureError(Exception):
    """The signature does not fit the bytes."""


class UnavailableError(Exception):
    """The library behind an algorithm is missing or answers wrongly. The text says what to install or check."""


#: Verifies (signature, data): returns nothing, or raises BadSignatureError. Made once per key.
Verifier = Callable[[bytes, bytes], None]


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """A public key, a message and its signature, from a published source."""

    public: bytes
    message: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One signature algorithm. `load` raises ValueError on bytes that are no key of it (length, form, not on the curve)."""

    name: str
    signature_bytes: int
    load: Callable[[bytes], Verifier]
    known_answer: KnownAnswer

    def self_test(self) -> None:
        """Known-answer test: the right signature holds and one wrong bit does not. Raises UnavailableError."""
        answer = self.known_answer
        wrong = bytes((answer.signature[0] ^ 1,)) + answer.signature[1:]
        try:
            verify = self.load(answer.public)
            verify(answer.signature, answer.message)
        except (BadSignatureError, ValueError) as error:
            raise UnavailableError(f"{self.name}: the known answer does not verify on this machine") from error
        try:
            verify(wrong, answer.message)
        except BadSignatureError:
            return
        raise UnavailableError(f"{self.name}: a wrong signature verifies on this machine")
