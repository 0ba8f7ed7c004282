"""What stands before every request: whose host it names, where it comes from, and who is logged in."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass, field
from typing import Final

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
COOKIE: Final = "yanma"
SESSION_S: Final = 600.0


def serves_host(host: str | None, port: int) -> bool:
    """Whether a Host header names this machine by a number or as localhost.

    A name is never served: that is how a page on the internet reaches a device behind a router (DNS rebinding).
    """
    name, separator, given_port = (host or "").rpartition(":")
    if not separator or given_port != str(port):
        return False
    if name == "localhost":
        return True
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def same_origin(origin: str | None, host: str | None) -> bool:
    """Whether a request that changes something comes from this very page. No origin at all is not enough."""
    return origin is not None and host is not None and origin == f"http://{host}"


@dataclass(slots=True)
class Sessions:
    """Cookie -> the terminal's token. One visitor at a time, as at the terminal; forgotten after ten minutes."""

    _cookie: str | None = field(default=None, repr=False)
    _token: str | None = field(default=None, repr=False)
    _until_s: float = 0.0

    def begin(self, token: str, now_s: float) -> str:
        self._cookie, self._token, self._until_s = secrets.token_urlsafe(24), token, now_s + SESSION_S
        return self._cookie

    def token(self, cookie: str | None, now_s: float) -> str | None:
        """The terminal's token for who shows this cookie."""
        if cookie is None or self._cookie is None or now_s >= self._until_s:
            return None
        return self._token if secrets.compare_digest(cookie.encode(), self._cookie.encode()) else None

    def end(self) -> None:
        self._cookie = self._token = None
