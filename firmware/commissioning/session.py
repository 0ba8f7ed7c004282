"""Who may look, and until when: one code, one visitor, ten minutes, five attempts. Pure; time and chance are arguments."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

OPEN_S: Final = 600.0
ATTEMPTS: Final = 5
CODE_DIGITS: Final = 8
_TOKEN_BYTES: Final = 24


def fresh_code() -> str:
    return "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))


def fresh_token() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)


@dataclass(slots=True)
class Session:
    """Closed until `open`. A code works once; five wrong ones close it, and only a person at the device opens it again."""

    make_code: Callable[[], str] = fresh_code
    make_token: Callable[[], str] = fresh_token
    until_s: float | None = None
    code: str | None = None  # None once it was used
    wrong: int = 0
    _token: str | None = field(default=None, repr=False)

    def open(self, now_s: float) -> None:
        """Open for ten minutes with a new code; whoever was in is out."""
        self.until_s, self.code, self.wrong, self._token = now_s + OPEN_S, self.make_code(), 0, None

    def close(self) -> None:
        self.until_s = self.code = self._token = None

    def is_open(self, now_s: float) -> bool:
        if self.until_s is not None and now_s >= self.until_s:
            self.close()
        return self.until_s is not None

    @property
    def visited(self) -> bool:
        return self._token is not None

    def log_in(self, code: str, now_s: float) -> str | None:
        """The token of the one visitor, or None. The fifth wrong code closes everything."""
        if not self.is_open(now_s) or self.code is None:
            return None
        if hmac.compare_digest(code.encode(), self.code.encode()):
            self.code, self._token = None, self.make_token()
            return self._token
        self.wrong += 1
        if self.wrong >= ATTEMPTS:
            self.close()
        return None

    def allows(self, token: str, now_s: float) -> bool:
        return (
            self.is_open(now_s)
            and self._token is not None
            and hmac.compare_digest(token.encode(), self._token.encode())
        )
