"""A sealed photograph: HPKE (RFC 9180, base mode) to the insurer's X25519 key, bound to one receipt. Sealing and opening.

    YANMAPH1 | encapsulated key (32) | ciphertext and tag

Suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305 (a Pi 4 has no AES instructions). `info` is the context below
and the 32 bytes that the signed receipt names as `photo.binding`: beside another receipt the same file does not open. Who seals
has the public half alone and keeps nothing: not even the terminal itself can open what it has sealed.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

MAGIC: Final = b"YANMAPH1"
KEY_BYTES: Final = 32
BINDING_BYTES: Final = 32
MAX_KEY_FILE_BYTES: Final = 4096
_CONTEXT: Final = b"yanma photo 1\n"
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class PhotoKeyError(ValueError):
    """Not a key of the kind that was expected; the text says what it is, and never holds any of it."""


class PhotoSealError(ValueError):
    """What was sealed does not open: another key, another receipt, or a changed byte."""


def seal(picture: bytes, public: bytes, binding: bytes) -> bytes:
    """The picture for the holder of the private half, and for this receipt."""
    return MAGIC + _SUITE.encrypt(picture, X25519PublicKey.from_public_bytes(public), _CONTEXT + binding)


def unseal(sealed: bytes, private: X25519PrivateKey, binding: bytes) -> bytes:
    """The picture. Raises PhotoSealError."""
    if not sealed.startswith(MAGIC):
        raise PhotoSealError("not a sealed photograph")
    try:
        return _SUITE.decrypt(sealed[len(MAGIC) :], private, _CONTEXT + binding)
    except (InvalidTag, ValueError):
        raise PhotoSealError("it was sealed to another key or for another receipt, or it was changed") from None


def read_public_key(pem: bytes) -> bytes:
    """The 32 bytes of a public key in PEM (SubjectPublicKeyInfo). Raises PhotoKeyError, also for a private key."""
    if b"PRIVATE KEY" in pem:
        raise PhotoKeyError("a private key, which must never be on a terminal")
    try:
        key = load_pem_public_key(pem[:MAX_KEY_FILE_BYTES])
    except ValueError:
        raise PhotoKeyError("no public key in PEM") from None
    if not isinstance(key, X25519PublicKey):
        raise PhotoKeyError("a public key of another kind than X25519")
    return key.public_bytes_raw()


def read_private_key(pem: bytes) -> X25519PrivateKey:
    """The insurer's private key, in PEM without a passphrase. Raises PhotoKeyError."""
    try:
        key = load_pem_private_key(pem[:MAX_KEY_FILE_BYTES], None)
    except TypeError:
        raise PhotoKeyError("a private key under a passphrase") from None
    except ValueError:
        raise PhotoKeyError("no private key in PEM") from None
    if not isinstance(key, X25519PrivateKey):
        raise PhotoKeyError("a private key of another kind than X25519")
    return key
