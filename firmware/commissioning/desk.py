"""The two sockets of commissioning, served inside the loop's turn: nothing blocks, every length and number has a limit.

A connection asks one line and gets one answer: a line of JSON, and for a preview the JPEG after it, for a receipt the file.

    page.sock     LOGIN 12345678 | PREVIEW TOKEN | RECEIPT TOKEN CODE json|pdf|photo | STATE
                                    the page's user may connect (the folder's group)
    control.sock  OPEN | CLOSE      root and the terminal's user
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from firmware.commissioning.fetching import MAX_PART_BYTES, Part, ReceiptReader
from firmware.commissioning.session import ATTEMPTS, Session
from firmware.commissioning.words import banner_lines
from firmware.events import Banner
from firmware.ports import Told
from firmware.scanner.preview_line import Preview
from firmware.state import State

PAGE_SOCKET: Final = "page.sock"
CONTROL_SOCKET: Final = "control.sock"
MAX_REQUEST_BYTES: Final = 96
MAX_VISITORS: Final = 4
PATIENCE_S: Final = 2.0
#: What the machine calls a MODE key that was held.
ASKED: Final = "commissioning-asked"

_log = logging.getLogger("yanma")


class Glimpses(Protocol):
    """Who makes previews: the scanner."""

    def ask_preview(self) -> None: ...

    def preview(self) -> Preview | None: ...


@dataclass(slots=True)
class _Visitor:
    line: socket.socket
    control: bool
    until_s: float
    heard: bytes = b""
    wants_preview: bool = False
    receipt: Future[Part] | None = None


class Desk:
    """A listener, a looker and a source of events for the loop. Opens its sockets when built; `close` removes them."""

    def __init__(
        self,
        folder: Path,
        glimpses: Glimpses,
        *,
        preview_allowed: bool,
        language: str,
        receipts: Path | None = None,
        session: Session | None = None,
    ) -> None:
        """Raises OSError when the sockets cannot be made. `preview_allowed` False: a post that never shows its camera.

        `receipts` is the folder of the terminal's own, where it makes any.
        """
        self._receipts = None if receipts is None else ReceiptReader(receipts)
        self._session = session or Session()
        self._glimpses = glimpses
        self._preview_allowed = preview_allowed
        self._language = language
        self._asked = False
        self._banner: Banner | None = None
        self._visitors: list[_Visitor] = []
        self._paths = {folder / PAGE_SOCKET: False, folder / CONTROL_SOCKET: True}
        # The page's socket is for the folder's group; the other for its owner, who is this process's user, and root.
        self._doors = [
            (_listening(path, 0o600 if control else 0o660), control) for path, control in self._paths.items()
        ]

    def verdict(self, told: Told) -> None:
        """Verdicts are not for here."""

    def event(self, name: str, fields: Mapping[str, str | int | float | bool | None]) -> None:
        self._asked = self._asked or name == ASKED

    def close(self) -> None:
        if self._receipts is not None:
            self._receipts.close()
        for line in [door for door, _ in self._doors] + [visitor.line for visitor in self._visitors]:
            line.close()
        for path in self._paths:
            path.unlink(missing_ok=True)

    def turn(self, state: State, now_s: float) -> None:
        """Let in who came, hear who talks, answer who is due."""
        if self._asked:
            self._asked = False
            self._open(now_s)
        for door, control in self._doors:
            self._let_in(door, control, now_s)
        preview = self._glimpses.preview() if any(visitor.wants_preview for visitor in self._visitors) else None
        for visitor in list(self._visitors):
            if visitor.wants_preview and preview is not None:
                self._answer(visitor, {"focus": preview.focus, "bytes": len(preview.jpeg)}, preview.jpeg)
            elif visitor.receipt is not None and visitor.receipt.done():
                self._give(visitor, visitor.receipt.result())
            elif now_s >= visitor.until_s:
                self._answer(visitor, {"error": "no-answer"})
            elif not visitor.wants_preview and visitor.receipt is None:
                self._hear(visitor, now_s)

    def banner(self, now_s: float) -> Banner | None:
        """What the screen is to say from now on, when that has changed."""
        session = self._session
        lines: tuple[str, ...] = ()
        if session.is_open(now_s) and session.until_s is not None:
            lines = banner_lines(self._language, session.code, session.until_s - now_s, preview=self._preview_allowed)
        wanted = Banner(lines)
        if wanted == (self._banner or Banner(())):
            return None
        self._banner = wanted
        return wanted

    def _open(self, now_s: float) -> None:
        self._session.open(now_s)
        _log.info("commissioning opened at the device for ten minutes")

    def _let_in(self, door: socket.socket, control: bool, now_s: float) -> None:
        with contextlib.suppress(BlockingIOError):
            line, _ = door.accept()
            line.setblocking(False)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * MAX_PART_BYTES)  # an answer is taken whole or not
            if len(self._visitors) >= MAX_VISITORS:
                line.close()
                return
            self._visitors.append(_Visitor(line, control, now_s + PATIENCE_S))

    def _hear(self, visitor: _Visitor, now_s: float) -> None:
        try:
            heard = visitor.line.recv(MAX_REQUEST_BYTES + 1 - len(visitor.heard))
        except BlockingIOError:
            return
        except OSError:
            self._leave(visitor)
            return
        visitor.heard += heard
        line, ended, rest = visitor.heard.partition(b"\n")
        if ended and not rest:
            self._serve(visitor, line.decode("ascii", "replace").split(" "), now_s)
        elif ended or not heard or len(visitor.heard) > MAX_REQUEST_BYTES:
            self._answer(visitor, {"error": "bad-request"})

    def _serve(self, visitor: _Visitor, words: list[str], now_s: float) -> None:
        orders: dict[tuple[bool, str, int], Callable[[], None]] = {
            (True, "OPEN", 1): lambda: self._control(visitor, now_s, opened=True),
            (True, "CLOSE", 1): lambda: self._control(visitor, now_s, opened=False),
            (False, "STATE", 1): lambda: self._answer(visitor, self._state(now_s)),
            (False, "LOGIN", 2): lambda: self._log_in(visitor, words[1], now_s),
            (False, "PREVIEW", 2): lambda: self._preview(visitor, words[1], now_s),
            (False, "RECEIPT", 4): lambda: self._receipt(visitor, words[1:], now_s),
        }
        order = orders.get((visitor.control, words[0], len(words)))
        if order is None:
            self._answer(visitor, {"error": "bad-request"})
        else:
            order()

    def _control(self, visitor: _Visitor, now_s: float, *, opened: bool) -> None:
        if opened:
            self._open(now_s)
        else:
            self._session.close()
        self._answer(visitor, {"open": opened, "code": self._session.code})

    def _state(self, now_s: float) -> dict[str, object]:
        open_now = self._session.is_open(now_s)
        left_s = 0 if self._session.until_s is None else round(self._session.until_s - now_s)
        return {
            "open": open_now,
            "left_s": left_s,
            "visited": self._session.visited,
            "preview": self._preview_allowed,
            "receipts": self._receipts is not None,
        }

    def _log_in(self, visitor: _Visitor, code: str, now_s: float) -> None:
        token = self._session.log_in(code, now_s)
        if token is None:
            _log.warning("commissioning: a wrong code")
        self._answer(visitor, {"token": token, "attempts_left": max(0, ATTEMPTS - self._session.wrong)})

    def _preview(self, visitor: _Visitor, token: str, now_s: float) -> None:
        if not self._session.allows(token, now_s):
            self._answer(visitor, {"error": "not-logged-in"})
        elif not self._preview_allowed:
            self._answer(visitor, {"error": "no-preview-at-this-post"})
        else:
            visitor.wants_preview = True
            self._glimpses.preview()  # one that was asked for by somebody who left is old
            self._glimpses.ask_preview()

    def _receipt(self, visitor: _Visitor, words: list[str], now_s: float) -> None:
        token, code, part = words
        if not self._session.allows(token, now_s):
            self._answer(visitor, {"error": "not-logged-in"})
        elif self._receipts is None:
            self._answer(visitor, {"error": "no-receipts-at-this-post"})
        else:
            visitor.receipt = self._receipts.fetch(code, part)

    def _give(self, visitor: _Visitor, part: Part) -> None:
        if part.trouble:
            self._answer(visitor, {"error": part.trouble})
        else:
            self._answer(visitor, {"name": part.name, "bytes": len(part.content)}, part.content)

    def _answer(self, visitor: _Visitor, fields: Mapping[str, object], body: bytes = b"") -> None:
        """The whole answer at once: the kernel takes it, or the visitor is too slow and gets none."""
        with contextlib.suppress(OSError):
            visitor.line.send(json.dumps(fields).encode() + b"\n" + body)
        self._leave(visitor)

    def _leave(self, visitor: _Visitor) -> None:
        visitor.line.close()
        self._visitors.remove(visitor)


def _listening(path: Path, mode: int) -> socket.socket:
    path.unlink(missing_ok=True)  # of a terminal that was killed
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        door.bind(str(path))
        path.chmod(mode)
        door.listen(MAX_VISITORS)
    except OSError:
        door.close()
        raise
    door.setblocking(False)
    return door
