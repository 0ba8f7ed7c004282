"""From what we have to what is offered: the parcels to fetch, the fewest bytes, and what each must give."""

from __future__ import annotations

import heapq
from itertools import count
from pathlib import Path
from typing import Final

from firmware.register.delta import apply_delta
from firmware.register.facts import RegisterError
from firmware.register.parcel import unpack, unpack_delta
from firmware.register.snapshot import sha256_of
from firmware.verify.register_token import DeltaOffer, RegisterToken

#: What another request costs, in bytes: two short deltas are not better than one that is hardly longer.
STEP_BYTES: Final = 4096


def choose_path(token: RegisterToken, have_serial: int | None) -> tuple[DeltaOffer, ...] | None:
    """The chain of deltas to take, in order; empty when we have it already; None when the snapshot is smaller, or all there is.

    `have_serial` is that of the register in force, None for none. Raises RegisterError when we have a later one than is offered.
    """
    if have_serial is None:
        return None
    if have_serial > token.serial:
        raise RegisterError(f"register {token.serial} is older than {have_serial}, in force")
    cheapest: dict[int, int] = {}
    order = count()  # never compares chains
    waiting: list[tuple[int, int, int, tuple[DeltaOffer, ...]]] = [(0, have_serial, next(order), ())]
    while waiting:
        cost, serial, _, steps = heapq.heappop(waiting)
        if cost >= token.snapshot.size_bytes + STEP_BYTES:
            return None
        if serial == token.serial:
            return steps
        if cheapest.setdefault(serial, cost) < cost:
            continue
        for offer in token.deltas:
            further = cost + offer.parcel.size_bytes + STEP_BYTES
            if offer.from_serial == serial and further < cheapest.get(offer.to_serial, further + 1):
                cheapest[offer.to_serial] = further
                heapq.heappush(waiting, (further, offer.to_serial, next(order), (*steps, offer)))
    return None


def take_snapshot(parcel: Path, token: RegisterToken, target: Path) -> None:
    """Unpack the fetched parcel of the snapshot. Raises RegisterError, and writes no file, when it is not the promised register."""
    _require_parcel(parcel, token.snapshot.sha256)
    unpack(parcel, target, token.size_bytes)
    if sha256_of(target) != token.content:
        target.unlink()
        raise RegisterError("a snapshot that is not the register that was promised")


def take_delta(base: Path, parcel: Path, offer: DeltaOffer, target: Path) -> None:
    """Make the next register with a fetched delta. Raises RegisterError, and writes no file, when it is not the promised one."""
    _require_parcel(parcel, offer.parcel.sha256)
    plain = target.with_name(f".{target.name}.delta")
    try:
        unpack_delta(parcel, plain, offer.unpacked_bytes)
        apply_delta(base, plain, target, expected=offer.to_content)
    finally:
        plain.unlink(missing_ok=True)


def _require_parcel(parcel: Path, sha256: bytes) -> None:
    if sha256_of(parcel) != sha256:
        raise RegisterError("a parcel that is not the one that was promised")
