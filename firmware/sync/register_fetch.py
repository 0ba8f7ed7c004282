"""The register by its cheapest way: the deltas from the one that is here, or the snapshot, made into the register that is promised.

Here only the repository vouches for the token; the installation believes it under the trust list, and compares the
register with the hash in it once more. What a delta gives that is not the promised register is thrown away, and the
snapshot is taken: a publisher's mistake or a rotten base costs bytes, never an answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.register.facts import RegisterError
from firmware.register.path import choose_path, take_delta, take_snapshot
from firmware.sync.bundle import REGISTER, REGISTER_CWT
from firmware.sync.errors import MissingBlobError
from firmware.sync.fetch import SyncError, Trouble
from firmware.sync.keeping import Keeper
from firmware.sync.updater import TARGETS, Listed
from firmware.verify import wire
from firmware.verify.cose import parse_sign1
from firmware.verify.errors import MalformedError, UntrustedError
from firmware.verify.register_token import (
    MAX_TOKEN_BYTES,
    DeltaOffer,
    Parcel,
    RegisterToken,
    parse_register_token,
)

#: A nation's register is some 10 MB. It is made in memory (a tmpfs), beside the one before it.
MAX_REGISTER_BYTES: Final = 64 << 20
_LABELS: Final = (frozenset({int(wire.Header.ALG), int(wire.Header.KID), int(wire.Header.TYPE)}),)
#: Brings a listed file and gives where it lies, checked. Raises SyncError.
Bring = Callable[[Listed], Path]


@dataclass(frozen=True, slots=True)
class Have:
    """The register that is here."""

    serial: int
    data: bytes


def make_register(keeper: Keeper, token_bytes: bytes, listed: Mapping[str, Listed], bring: Bring, scratch: Path) -> str:
    """The register that this token promises, put into the keeper; gives its SHA-256. Raises SyncError and OSError."""
    token = _token(token_bytes)
    if token.size_bytes > MAX_REGISTER_BYTES:
        raise SyncError(Trouble.TOO_LONG, f"a register of {token.size_bytes} bytes, {MAX_REGISTER_BYTES} are allowed")
    have = _have(keeper)
    try:
        chain = choose_path(token, have.serial if have else None)
    except RegisterError as error:
        raise SyncError(Trouble.STEP_BACK, str(error)) from error
    if have is not None and chain is not None:
        made = _by_deltas(have, token, chain, listed, bring, scratch)
        if made is not None:
            return keeper.put(made)
    target = scratch / "register"
    try:
        take_snapshot(bring(_listed(listed, token.snapshot)), token, target)
    except RegisterError as error:
        raise SyncError(Trouble.MIXED, f"the snapshot of register {token.serial}: {error}") from error
    return keeper.put(target.read_bytes())


def _by_deltas(
    have: Have,
    token: RegisterToken,
    chain: tuple[DeltaOffer, ...],
    listed: Mapping[str, Listed],
    bring: Bring,
    scratch: Path,
) -> bytes | None:
    """The register made from the one that is here; None where that cannot be. A way that is cut is no reason for more bytes."""
    base = scratch / "base"
    base.write_bytes(have.data)
    try:
        for number, offer in enumerate(chain):
            if offer.unpacked_bytes > MAX_REGISTER_BYTES:
                return None
            target = scratch / f"step-{number}"
            take_delta(base, bring(_listed(listed, offer.parcel)), offer, target)
            base.unlink()
            base = target
    except RegisterError:
        return None
    except SyncError as error:
        if error.trouble in (Trouble.MIXED, Trouble.MISSING, Trouble.TOO_LONG):
            return None
        raise
    made = base.read_bytes()
    return made if hashlib.sha256(made).digest() == token.content else None


def _have(keeper: Keeper) -> Have | None:
    """What the last round made, if it is whole and the register of its token."""
    kept = keeper.current()
    digests = [kept.entries.get(f"{TARGETS}/{name}") if kept else None for name in (REGISTER_CWT, REGISTER)]
    if digests[0] is None or digests[1] is None:
        return None
    try:
        token, data = _token(keeper.read(digests[0])), keeper.read(digests[1])
    except (MissingBlobError, SyncError):
        return None
    return Have(token.serial, data) if token.content.hex() == digests[1] else None


def _token(data: bytes) -> RegisterToken:
    try:
        return parse_register_token(parse_sign1(data, _LABELS, max_bytes=MAX_TOKEN_BYTES).payload)
    except (MalformedError, UntrustedError) as error:
        raise SyncError(Trouble.MALFORMED, f"{REGISTER_CWT}: {error}") from error


def _listed(listed: Mapping[str, Listed], parcel: Parcel) -> Listed:
    name = f"register/{parcel.sha256.hex()}.zst"
    found = listed.get(name)
    if found is None or found.sha256 != parcel.sha256.hex() or found.length != parcel.size_bytes:
        raise SyncError(Trouble.MISSING, f"{name} is promised, and not listed")
    return found
