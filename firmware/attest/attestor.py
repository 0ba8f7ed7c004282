"""Where the loop hands the verdicts that get a receipt: each waits a moment for its photograph, where there is to be one."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final, Protocol

from firmware.attest.facts import Case
from firmware.attest.maker import Job, Made, Photo, ReceiptCounts, ReceiptMaker
from firmware.photo_seal import BINDING_BYTES

#: The camera's process answers at its next frame. What has not come by then does not come.
PHOTO_WAIT_S: Final = 1.5


class Camera(Protocol):
    """Who can give the frame in which a code was read, sealed; it never gives a picture. Neither call blocks or raises."""

    def ask_photo(self, payload_sha256: bytes, binding: bytes) -> None: ...

    def photo(self) -> tuple[bytes, bytes] | None:
        """(binding, sealed photograph) of one that has come since the last call; empty where there is none to be had."""


class Receipts(Protocol):
    """What the loop knows of receipts. None of these ever blocks or raises."""

    def make(self, case: Case, now_s: float) -> None: ...

    def turn(self, now_s: float) -> list[Made]: ...

    def counts(self) -> ReceiptCounts: ...

    @property
    def alive(self) -> bool: ...

    def close(self) -> None: ...


class NoReceipts:
    """A post that makes none."""

    def make(self, case: Case, now_s: float) -> None:
        return

    def turn(self, now_s: float) -> list[Made]:
        return []

    def counts(self) -> ReceiptCounts:
        return ReceiptCounts()

    @property
    def alive(self) -> bool:
        return True

    def close(self) -> None:
        return


@dataclass(frozen=True, slots=True)
class _Waiting:
    case: Case
    binding: bytes
    until_s: float


class Attestor:
    """Hands cases on to the maker; with a camera, each with the photograph of the frame in which its code was read."""

    def __init__(self, maker: ReceiptMaker, camera: Camera | None = None) -> None:
        self._maker = maker
        self._camera = camera
        self._waiting: list[_Waiting] = []

    def make(self, case: Case, now_s: float) -> None:
        if self._camera is None:
            self._maker.hand(Job(case))
            return
        binding = secrets.token_bytes(BINDING_BYTES)
        self._camera.ask_photo(hashlib.sha256(case.payload).digest(), binding)
        self._waiting.append(_Waiting(case, binding, now_s + PHOTO_WAIT_S))

    def turn(self, now_s: float) -> list[Made]:
        """The receipts that came onto the disk since the last turn."""
        if self._waiting:
            self._collect(now_s)
        return self._maker.made()

    def counts(self) -> ReceiptCounts:
        return self._maker.counts()

    @property
    def alive(self) -> bool:
        return self._maker.alive

    def close(self) -> None:
        """What still waits for its photograph is written without one."""
        for waiting in self._waiting:
            self._maker.hand(Job(waiting.case, Photo(waiting.binding, None)))
        self._waiting = []
        self._maker.close()

    def _collect(self, now_s: float) -> None:
        came: dict[bytes, bytes] = {}
        while self._camera is not None and (found := self._camera.photo()) is not None:
            came[found[0]] = found[1]
        kept = []
        for waiting in self._waiting:
            sealed = came.get(waiting.binding)
            if sealed is None and now_s < waiting.until_s:
                kept.append(waiting)
            else:
                self._maker.hand(Job(waiting.case, Photo(waiting.binding, sealed or None)))
        self._waiting = kept
