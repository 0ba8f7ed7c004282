"""Signing keys: what they are, how they sign, and the folder in which the private halves stay.

Private keys live in the user's state folder only (0700, files 0600), never in a tree and never in a demo folder.
Every key made here belongs to the environment "demo".
"""

from __future__ import annotations

import hashlib
import os
import stat
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from firmware.verify.wire import KID_BYTES, Alg, CoseKeyLabel, Crv, Kty
from issuer import sm2
from issuer.cose import Map
from issuer.errors import bad_data, cannot_create, no_permission
from issuer.files import write_atomically

ENVIRONMENT: Final = "demo"
PRIVATE_BYTES: Final = 32
STATE_VARIABLE: Final = "XDG_STATE_HOME"
_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

Entropy = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One way to sign: from 32 private bytes to the public key, and to a signature of 64 bytes."""

    name: str
    kty: Kty
    crv: Crv
    public_of: Callable[[bytes], bytes]
    sign: Callable[[bytes, bytes, bytes], bytes]  # private, public, message


def _p256_public(private: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec

    numbers = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1()).public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def _p256_sign(private: bytes, _public: bytes, message: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    key = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())
    # RFC 6979: the same message gives the same code, and a poor random source cannot give the key away.
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _ed25519_public(private: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def _ed25519_sign(private: bytes, _public: bytes, message: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(private).sign(message)


ALGORITHMS: Final[dict[Alg, Algorithm]] = {
    Alg.ES256: Algorithm("ES256", Kty.EC2, Crv.P256, _p256_public, _p256_sign),
    Alg.ED25519: Algorithm("Ed25519", Kty.OKP, Crv.ED25519, _ed25519_public, _ed25519_sign),
    Alg.SM2_SM3: Algorithm("SM2", Kty.EC2, Crv.SM2, sm2.public_of, sm2.sign),
}
ALG_BY_NAME: Final = {algorithm.name: alg for alg, algorithm in ALGORITHMS.items()}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its public half. Printing it never shows the private bytes."""

    name: str
    alg: Alg
    private: bytes = field(repr=False)
    public: bytes

    @classmethod
    def from_private(cls, name: str, alg: Alg, private: bytes) -> SigningKey:
        return cls(name, alg, private, ALGORITHMS[alg].public_of(private))

    @classmethod
    def generate(cls, name: str, alg: Alg, entropy: Entropy = os.urandom) -> SigningKey:
        """A new key. A number outside the curve's range comes once in 2^32 draws; it is drawn again."""
        while True:
            private = entropy(PRIVATE_BYTES)
            if 0 < int.from_bytes(private, "big") < sm2.ORDER - 1:
                return cls.from_private(name, alg, private)

    @property
    def kid(self) -> bytes:
        """The first 8 bytes of the SHA-256 of the public key."""
        return hashlib.sha256(self.public).digest()[:KID_BYTES]

    @property
    def alg_name(self) -> str:
        return ALGORITHMS[self.alg].name

    def sign(self, message: bytes) -> bytes:
        return ALGORITHMS[self.alg].sign(self.private, self.public, message)

    def cose_key(self) -> Map:
        """The public half as a COSE_Key (RFC 9053), a point with the sign bit of y."""
        algorithm = ALGORITHMS[self.alg]
        key: Map = {CoseKeyLabel.KTY: algorithm.kty, CoseKeyLabel.CRV: algorithm.crv}
        if algorithm.kty is Kty.OKP:
            return key | {CoseKeyLabel.X: self.public}
        return key | {CoseKeyLabel.X: self.public[1:33], CoseKeyLabel.Y: bool(self.public[-1] & 1)}


def default_state_folder() -> Path:
    """$XDG_STATE_HOME/yanma-issuer, or ~/.local/state/yanma-issuer."""
    base = os.environ.get(STATE_VARIABLE, "")
    return (Path(base) if base.startswith("/") else Path.home() / ".local" / "state") / "yanma-issuer"


class KeyStore:
    """The folder of private keys: one small file each, made when first asked for."""

    def __init__(self, state: Path, entropy: Entropy = os.urandom) -> None:
        self.folder = state / "keys" / ENVIRONMENT
        self._entropy = entropy

    def get(self, name: str, alg: Alg) -> SigningKey:
        """The key of this name, made now if there is none. Raises OfficeError."""
        path = self.folder / f"{name}.key"
        if path.exists():
            key = self._load(path)
            if key.alg is not alg:
                raise bad_data(f"{path} is a key for {key.alg_name}, expected {ALGORITHMS[alg].name}: move it away")
            return key
        key = SigningKey.generate(name, alg, self._entropy)
        self._make_folder()
        text = (
            "# Private key. Keep it here, keep it secret.\n"
            f'environment = "{ENVIRONMENT}"\nname = "{name}"\nalg = "{key.alg_name}"\nprivate = "{key.private.hex()}"\n'
        )
        write_atomically(path, text.encode(), mode=_FILE_MODE)
        return key

    def all(self) -> tuple[SigningKey, ...]:
        """Every key in the folder, by name."""
        return tuple(self._load(path) for path in sorted(self.folder.glob("*.key")))

    def _make_folder(self) -> None:
        """Folders that exist keep their mode: the state folder may be one that the user chose."""
        try:
            for folder in (self.folder.parent.parent, self.folder.parent, self.folder):
                folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_create(f"cannot make the folder for private keys {self.folder}: {error.strerror}") from None
        self._require_private(self.folder)

    def _load(self, path: Path) -> SigningKey:
        self._require_private(self.folder)
        self._require_private(path)
        try:
            record = tomllib.loads(path.read_text(encoding="utf-8"))
            private = bytes.fromhex(record["private"])
            alg, environment = ALG_BY_NAME[record["alg"]], record["environment"]
        except (OSError, ValueError, KeyError, TypeError):
            raise bad_data(f"{path} is not a key file: delete it and make the demo again") from None
        if environment != ENVIRONMENT or len(private) != PRIVATE_BYTES:
            raise bad_data(f"{path} is not a key of the environment {ENVIRONMENT!r}: move it away")
        return SigningKey.from_private(path.stem, alg, private)

    @staticmethod
    def _require_private(path: Path) -> None:
        mode = path.stat().st_mode
        if mode & _OTHERS:
            good = "700" if stat.S_ISDIR(mode) else "600"
            raise no_permission(
                f"others can reach private keys at {path}: chmod {good} {path}, or delete it and make the demo again"
            )
