"""The page's end of the commissioning socket: one request a connection, everything bounded, silence is an answer too."""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MAX_ANSWER_BYTES: Final = 210_000
TIMEOUT_S: Final = 3.0
_CODE: Final = re.compile(r"[0-9]{8}")
_RECEIPT: Final = re.compile(r"[0-9A-Za-z]{8}")
_PART: Final = re.compile(r"json|pdf|photo")
_FILE: Final = re.compile(r"[0-9]{6,9}-[0-9A-Z]{8}\.(?:json|pdf|photo)")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,48}")


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether commissioning is open, and what for."""

    open: bool = False
    left_s: int = 0
    visited: bool = False
    preview: bool = False
    receipts: bool = False


@dataclass(frozen=True, slots=True)
class TerminalLine:
    """Asks the terminal behind this socket. A terminal that is not there is a commissioning that is closed."""

    path: Path

    def opening(self) -> Opening:
        head, _ = self._ask("STATE")
        if head.get("open") is not True:
            return Opening()
        return Opening(
            True,
            int(head.get("left_s", 0)),
            bool(head.get("visited")),
            bool(head.get("preview")),
            bool(head.get("receipts")),
        )

    def log_in(self, code: str) -> tuple[str | None, int]:
        """(the token or None, attempts that are left)."""
        if not _CODE.fullmatch(code):
            return None, self._attempts_for_nonsense()
        head, _ = self._ask(f"LOGIN {code}")
        token = head.get("token")
        good = isinstance(token, str) and _TOKEN.fullmatch(token) is not None
        return (token if good else None), int(head.get("attempts_left", 0))

    def preview(self, token: str) -> tuple[int, bytes] | None:
        """(focus score, JPEG), or None."""
        if not _TOKEN.fullmatch(token):
            return None
        head, body = self._ask(f"PREVIEW {token}")
        focus = head.get("focus")
        if type(focus) is not int or not body or head.get("bytes") != len(body):
            return None
        return focus, body

    def receipt(self, token: str, code: str, part: str) -> tuple[str, bytes] | str:
        """(file name, content) of a part of a receipt; or one word that says why there is none."""
        code = code.replace(" ", "").replace("-", "")
        if not (_TOKEN.fullmatch(token) and _RECEIPT.fullmatch(code) and _PART.fullmatch(part)):
            return "no-such-code"
        head, body = self._ask(f"RECEIPT {token} {code} {part}")
        name = head.get("name")
        if not isinstance(name, str) or not _FILE.fullmatch(name) or not body or head.get("bytes") != len(body):
            return str(head.get("error", "no-answer"))
        return name, body

    def control(self, word: str) -> dict[str, Any] | None:
        """OPEN or CLOSE over the control socket; None when nobody answers."""
        return self._ask(word)[0] or None

    def _attempts_for_nonsense(self) -> int:
        """What is no code at all costs an attempt as well: the terminal counts, not the page."""
        return int(self._ask("LOGIN x")[0].get("attempts_left", 0))

    def _ask(self, request: str) -> tuple[dict[str, Any], bytes]:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(TIMEOUT_S)
                line.connect(str(self.path))
                line.sendall(request.encode() + b"\n")
                answer = b""
                while len(answer) <= MAX_ANSWER_BYTES and (part := line.recv(65536)):
                    answer += part
            head, _, body = answer.partition(b"\n")
            fields = json.loads(head) if head else {}
        except (OSError, ValueError, RecursionError):
            return {}, b""
        return (fields, body) if isinstance(fields, dict) and len(answer) <= MAX_ANSWER_BYTES else ({}, b"")
