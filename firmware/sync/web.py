"""A repository behind HTTP or HTTPS, as urllib3 brings it: capped, resumed, never waited for without end.

Bytes are taken as they lie on the server: no content coding (a few bytes could unfold into gigabytes), no redirects.
What TLS says is not what makes them believed: `updater` is.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import urllib3
from urllib3.exceptions import HTTPError, NameResolutionError, SSLError
from urllib3.response import BaseHTTPResponse

from firmware.sync.fetch import CHUNK_BYTES, NOT_FOUND, FetchError, Limits, Tell, Traffic, Trouble
from firmware.sync.guard import Guard, pool_classes

#: OpenSSL's X509_V_FLAG_NO_CHECK_TIME: who signed is checked, and not when it ends.
_NO_CHECK_TIME: Final = 0x20_0000
_OK: Final = 200
_PARTIAL: Final = 206
_NOT_MODIFIED: Final = 304
_RANGE_WRONG: Final = 416
_TOO_MANY: Final = 429
_SERVER_FAULT: Final = 500
_MAX_ERROR_BODY: Final = 1024
#: A connection that brought less than this before it ended counts as a failed attempt.
_PROGRESS_BYTES: Final = 4096
_ETAG: Final = re.compile(r'(W/)?"[\x21\x23-\x7e]{1,126}"')
_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,15})-\d{1,15}/(?:\d{1,15}|\*)")
Got = TypeVar("Got")


@dataclass(frozen=True, slots=True)
class Remembered:
    """A file as it was last seen, and the mark that the server gave it."""

    etag: str
    data: bytes


class WebSource:
    """One mirror for one round. `pause(n)` waits before attempt n + 1; `ends_s` is on the monotonic clock."""

    def __init__(
        self,
        url: str,
        limits: Limits,
        *,
        ends_s: float,
        pause: Callable[[int], None],
        monotonic_s: Callable[[], float] = time.monotonic,
        agent: str = "yanma",
        proxy: str | None = None,
        ca_file: str | None = None,
        clock_is_known: bool = True,
    ) -> None:
        self.name = url
        self.traffic = Traffic()
        self.remembered: dict[str, Remembered] = {}
        self._base = url if url.endswith("/") else f"{url}/"
        self._limits = limits
        self._ends_s = ends_s
        self._pause = pause
        self._monotonic_s = monotonic_s
        self._guard = Guard()
        tls = _tls(ca_file, clock_is_known=clock_is_known) if url.startswith("https:") else None
        self._pool = _pool(self._guard, agent, proxy, tls)

    def get(self, path: str, max_bytes: int) -> bytes:
        known = self.remembered.get(path)
        headers = {"If-None-Match": known.etag} if known else {}

        def attempt() -> bytes:
            response = self._request(path, headers)
            try:
                if response.status == _NOT_MODIFIED and known:
                    return known.data
                self._require(response, path, _OK)
                data = b"".join(self._body(response, path, max_bytes))
                if not data:  # a connection that was cut among the headers gives no length, and no bytes
                    raise FetchError(Trouble.OFFLINE, f"{path}: an empty answer", again=True)
            finally:
                response.release_conn()
            self._remember(path, response.headers.get("ETag", ""), data)
            return data

        return self._attempts(attempt)

    def download(self, path: str, length: int, part: Path, tell: Tell) -> None:
        self._attempts(lambda: self._go_on(path, length, part, tell))

    def close(self) -> None:
        self._pool.clear()
        self._guard.close()

    def _attempts(self, attempt: Callable[[], Got]) -> Got:
        """Again after a pause, as often as the limits say; what brought bytes is no failed attempt."""
        failed = 0
        while True:
            before = self.traffic.body_bytes
            try:
                return attempt()
            except FetchError as error:
                failed = 1 if self.traffic.body_bytes - before >= _PROGRESS_BYTES else failed + 1
                if not error.again or failed >= self._limits.attempts:
                    raise
                self._pause(failed)

    def _go_on(self, path: str, length: int, part: Path, tell: Tell) -> None:
        """Ask for what `part` lacks. Names carry the hash of the content: what lies there already is of this very file."""
        have = part.stat().st_size if part.exists() else 0
        if have == length:
            part.touch()  # nothing is a file, too
            return
        if have > length:
            part.unlink()
            have = 0
        response = self._request(path, {"Range": f"bytes={have}-"} if have else {})
        try:
            if response.status == _RANGE_WRONG and have:
                part.unlink()
                raise FetchError(Trouble.MIXED, f"{path}: the server has fewer bytes than were signed", again=True)
            if not (have and response.status == _PARTIAL and _starts_at(response, have)):
                self._require(response, path, _OK)
                have = 0
            with part.open("ab" if have else "wb") as file:
                for chunk in self._body(response, path, length - have):
                    file.write(chunk)
                    have += len(chunk)
                    tell(path, have, length)
        finally:
            response.release_conn()
        if have < length:
            raise FetchError(Trouble.OFFLINE, f"{path}: cut after {have} of {length} bytes", again=True)

    def _request(self, path: str, headers: Mapping[str, str]) -> BaseHTTPResponse:
        """The headers of an answer. Raises FetchError when none comes."""
        self.traffic.requests += 1
        limits, wait_s = self._limits, self._left_s(path)
        timeout = urllib3.Timeout(connect=min(limits.connect_s, wait_s), read=min(limits.read_s, wait_s))
        try:
            with self._guard.within(min(limits.headers_s, wait_s)):
                response = self._pool.request(
                    "GET",
                    self._base + path,
                    headers={**self._pool.headers, **headers},
                    preload_content=False,
                    decode_content=False,
                    redirect=False,
                    retries=False,
                    timeout=timeout,
                )
        except (HTTPError, OSError, ValueError) as error:
            raise self._way_fault(path, error) from error
        if self._guard.fired:  # headers that were cut off look like headers that ended
            response.close()
            raise FetchError(Trouble.SLOW, f"{path}: no answer in time", again=True)
        return response

    def _body(self, response: BaseHTTPResponse, path: str, max_bytes: int) -> Iterator[bytes]:
        """The body in pieces as they come, never more than `max_bytes`, never slower than the limits bear."""
        said = _announced(response)
        if said is not None and said > max_bytes:
            response.close()
            raise FetchError(Trouble.TOO_LONG, f"{path}: {said} bytes are announced, {max_bytes} are allowed")
        began_s, got = self._monotonic_s(), 0
        while True:
            try:
                chunk = response.read1(min(CHUNK_BYTES, max_bytes - got + 1), decode_content=False)
            except (HTTPError, OSError, ValueError) as error:
                response.close()
                raise self._way_fault(path, error) from error
            if not chunk and got < (said or 0):
                raise FetchError(Trouble.OFFLINE, f"{path}: cut after {got} of {said} bytes", again=True)
            if not chunk:
                return
            got += len(chunk)
            self.traffic.body_bytes += len(chunk)
            if got > max_bytes or self.traffic.body_bytes > self._limits.run_bytes:
                response.close()
                raise FetchError(Trouble.TOO_LONG, f"{path}: more than {max_bytes} bytes, or too much in one round")
            yield chunk
            taken_s = self._monotonic_s() - began_s
            if taken_s > self._limits.grace_s and got / taken_s < self._limits.floor_bytes_s:
                response.close()
                raise FetchError(Trouble.SLOW, f"{path}: {got} bytes in {taken_s:.0f} s")
            self._left_s(path)

    def _left_s(self, path: str) -> float:
        left_s = self._ends_s - self._monotonic_s()
        if left_s <= 0:
            raise FetchError(Trouble.SLOW, f"{path}: the time for this round is over; the next one goes on from here")
        return left_s

    def _require(self, response: BaseHTTPResponse, path: str, status: int) -> None:
        """Anything else than `status` is a FetchError. A short error text is read, so that the connection can be used again."""
        coding = response.headers.get("Content-Encoding", "identity")
        if response.status == status and coding == "identity":
            return
        said, length = response.status, _announced(response)
        if length is not None and length <= _MAX_ERROR_BODY:
            for _ in self._body(response, path, _MAX_ERROR_BODY):
                pass
        else:
            response.close()
        if said == status:
            raise FetchError(
                Trouble.MALFORMED, f"{path}: sent in the content coding {coding[:16]!r}, which is not taken"
            )
        trouble = Trouble.MISSING if said == NOT_FOUND else Trouble.OFFLINE
        again = said == _TOO_MANY or said >= _SERVER_FAULT
        raise FetchError(trouble, f"{path}: the server answered {said}", again=again, status=said)

    def _remember(self, path: str, etag: str, data: bytes) -> None:
        if _ETAG.fullmatch(etag):
            self.remembered[path] = Remembered(etag, data)

    def _way_fault(self, path: str, error: Exception) -> FetchError:
        if self._guard.fired or isinstance(error, urllib3.exceptions.ReadTimeoutError):
            return FetchError(Trouble.SLOW, f"{path}: no answer in time", again=True)
        if isinstance(error, NameResolutionError):
            return FetchError(Trouble.OFFLINE, f"{path}: the name of the server is not known here", again=True)
        if isinstance(error, SSLError):
            return FetchError(Trouble.OFFLINE, f"{path}: TLS: {error}"[:200])
        return FetchError(Trouble.OFFLINE, f"{path}: {type(error).__name__}", again=True)


def _announced(response: BaseHTTPResponse) -> int | None:
    """The length that the headers name, if they name one."""
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None


def _starts_at(response: BaseHTTPResponse, have: int) -> bool:
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    return found is not None and int(found[1]) == have


def _tls(ca_file: str | None, *, clock_is_known: bool) -> ssl.SSLContext:
    """The chain is checked always. Its dates only by a clock that knows the time: else a board without one could never learn it."""
    context = ssl.create_default_context(cafile=ca_file)
    if not clock_is_known:
        context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
    return context


def _pool(guard: Guard, agent: str, proxy: str | None, tls: ssl.SSLContext | None) -> urllib3.PoolManager:
    headers = {"User-Agent": agent, "Accept-Encoding": "identity"}
    pool = (
        urllib3.ProxyManager(proxy, num_pools=2, headers=headers, ssl_context=tls)
        if proxy
        else urllib3.PoolManager(num_pools=2, headers=headers, ssl_context=tls)
    )
    pool.pool_classes_by_scheme = pool_classes(guard)
    return pool
