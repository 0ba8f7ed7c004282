"""The keys of a repository, by role: `sync-ROLE-1.key`, `sync-ROLE-2.key` and so on, in the office's folder of private keys.

The newest key of a role is the one in use (of the root: the newest three). A key is retired by making the next one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner

from firmware.verify.wire import Alg
from issuer.errors import bad_data
from issuer.keys import KeyStore

#: The Update Framework knows no SM2; what is listed carries its own signatures, SM2 among them.
_ALG: Final = Alg.ED25519


class Ring:
    """The keys in a store. `may_begin`: make the first key of a role that has none."""

    def __init__(self, store: KeyStore, *, may_begin: bool) -> None:
        self._store = store
        self._may_begin = may_begin

    def newest(self, role: str, count: int = 1) -> list[CryptoSigner]:
        """The keys in use for this role. Raises OfficeError where there are none, and none may be made."""
        numbers = self._in_use(role) or list(range(1, count + 1))
        return [self._signer(role, number) for number in numbers[-count:]]

    def add(self, role: str) -> None:
        """Make the next key of this role: from now on it is the newest. Raises OfficeError as `newest`."""
        self._signer(role, max(self._in_use(role), default=0) + 1)

    def held(self, role: str, keyids: Iterable[str]) -> list[CryptoSigner]:
        """Those of these keys whose private half is here."""
        wanted = set(keyids)
        signers = (self._signer(role, number) for number in self._numbers(role))
        return [signer for signer in signers if signer.public_key.keyid in wanted]

    def _in_use(self, role: str) -> list[int]:
        numbers = self._numbers(role)
        if not numbers and not self._may_begin:
            raise bad_data(
                f"{self._store.folder} has no key sync-{role}-N.key, and this repository is signed already: "
                "name the folder of its keys with --state"
            )
        return numbers

    def _numbers(self, role: str) -> list[int]:
        names = (
            re.fullmatch(rf"sync-{re.escape(role)}-(\d{{1,6}})", path.stem) for path in self._store.folder.glob("*.key")
        )
        return sorted(int(found[1]) for found in names if found)

    def _signer(self, role: str, number: int) -> CryptoSigner:
        key = self._store.get(f"sync-{role}-{number}", _ALG)
        return CryptoSigner(Ed25519PrivateKey.from_private_bytes(key.private))
