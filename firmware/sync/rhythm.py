"""When to ask, whom first, and how long to wait after a failure: by the device's own name, so that no two move in step.

Everything follows from a hash of the device's name: nothing to store, the same after each reboot, and spread evenly over
the period, however many terminals get their power back in the same second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, TypeVar

#: Longest wait after failures: an hour, so that a server that is back is found while its news is news.
MAX_BACK_OFF_S: Final = 3600.0
_FIRST_PAUSE_S: Final = 1.0
_MAX_PAUSE_S: Final = 30.0
_MAX_DOUBLINGS: Final = 8
T = TypeVar("T")


def share(device: str, purpose: str) -> float:
    """A fixed number in [0, 1) of this device for this purpose."""
    digest = hashlib.sha256(f"{purpose}\n{device}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / (1 << 48)


def next_slot_s(device: str, now_s: float, period_s: float) -> float:
    """The next of this device's own moments, one a period, strictly after `now_s`."""
    offset_s = share(device, "slot") * period_s
    return now_s + period_s - (now_s - offset_s) % period_s


def next_try_s(device: str, now_s: float, period_s: float, failures: int) -> float:
    """When to ask again: at the next slot, or after `failures` in a row later and later, each device by a factor of its own."""
    if failures <= 1:
        return next_slot_s(device, now_s, period_s)
    wait_s = min(period_s * 2.0 ** min(failures - 1, _MAX_DOUBLINGS), max(MAX_BACK_OFF_S, period_s))
    return next_slot_s(device, now_s + wait_s * (0.5 + share(device, f"after {failures}") / 2) - period_s, period_s)


def pause_s(device: str, path: str, failed: int) -> float:
    """The wait before the next attempt within one round."""
    wait_s = min(_FIRST_PAUSE_S * 4.0 ** (failed - 1), _MAX_PAUSE_S)
    return wait_s * (0.5 + share(device, f"pause {path} {failed}"))


def mirrors_in_order(device: str, mirrors: Sequence[T]) -> tuple[T, ...]:
    """The mirrors as given, begun at this device's own place: the fleet spreads over them, and each has all of them."""
    if not mirrors:
        return ()
    first = int(share(device, "mirror") * len(mirrors))
    return (*mirrors[first:], *mirrors[:first])
