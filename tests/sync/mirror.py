"""A publisher, a terminal and a web server that can be told to misbehave: what the tests of the network sync play with."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from securesystemslib.exceptions import FormatError
from securesystemslib.formats import encode_canonical
from tuf.api.metadata import Metadata, MetaFile
from tuf.api.serialization.json import JSONSerializer

from firmware.model import ClockLevel, Moment
from firmware.sync.fetch import Limits
from firmware.sync.visit import Came, Plan, visit
from issuer.keys import KeyStore
from issuer.repository import Published, Publisher, newest_root
from issuer.ring import Ring
from tests.sync.bundles import world, write_bundle
from tests.world import NOW

#: Patience for tests: nobody waits for seconds.
HURRY = Limits(connect_s=2.0, read_s=0.5, headers_s=0.8, grace_s=0.3, floor_bytes_s=50_000.0, attempts=3)
Trick = Callable[["Handler", bytes], None]


class Office:
    """A publisher with its keys, its bundle and the folder that it publishes into."""

    def __init__(self, folder: Path, name: str = "office") -> None:
        count = iter(range(1, 1 << 20))
        self.folder = folder
        self.store = KeyStore(
            folder / "state", lambda size: hashlib.sha256(f"{name} {next(count)}".encode()).digest()[:size]
        )
        self.www = folder / "www"
        self.bundle = write_bundle(folder / "bundle", world())

    def publish(self, now_s: int = NOW, *rotate: str) -> Published:
        ring = Ring(self.store, may_begin=newest_root(self.www / "metadata") == 0)
        for role in rotate:
            ring.add(role)
        return Publisher(self.www, ring, now_s).publish(self.bundle)

    def change(self, version: int, now_s: int = NOW) -> Published:
        """A newer bundle, published."""
        write_bundle(self.bundle, world(version, now_s - 3600))
        return self.publish(now_s)

    def copy(self, name: str) -> Path:
        """The repository as it is now, for a mirror that stays behind."""
        return Path(shutil.copytree(self.www, self.folder / name))

    @property
    def root(self) -> bytes:
        return (self.www / "metadata/1.root.json").read_bytes()

    def file(self, name: str) -> Path:
        """Where a listed file lies."""
        data = (self.bundle / name).read_bytes()
        folder, _, base = name.rpartition("/")
        return self.www / "targets" / folder / f"{hashlib.sha256(data).hexdigest()}.{base}"

    def newest(self, role: str) -> Path:
        metadata = self.www / "metadata"
        if role == "timestamp":
            return metadata / "timestamp.json"
        return max(metadata.glob(f"*.{role}.json"), key=lambda path: int(path.name.partition(".")[0]))

    def resign(self, role: str, change: Callable[[Any], None], signer: str | None = None) -> None:
        """Change the newest metadata of a role in place and sign it, and whatever names it, again: what a thief of keys can do."""
        path, ring = self.newest(role), Ring(self.store, may_begin=False)
        metadata: Metadata[Any] = Metadata.from_bytes(path.read_bytes())
        change(metadata.signed)
        metadata.sign(ring.newest(signer or role)[0])
        data = metadata.to_bytes(JSONSerializer(compact=True))
        version = metadata.signed.version
        place = path if role == "timestamp" else path.with_name(f"{version}.{role}.json")
        place.write_bytes(data)
        named = MetaFile(version, len(data), {"sha256": hashlib.sha256(data).hexdigest()})
        if role == "snapshot":
            self.resign("timestamp", lambda signed: (setattr(signed, "snapshot_meta", named), bump(signed))[0])
        elif role != "timestamp":
            self.resign("snapshot", lambda signed: (signed.meta.update({f"{role}.json": named}), bump(signed))[0])

    def sign_raw(self, role: str, signed: Any) -> None:
        """Any JSON at all in the place of a role's newest metadata, under its key's good signature, and named as if it belonged."""
        path, ring = self.newest(role), Ring(self.store, may_begin=False)
        try:
            canonical = encode_canonical(signed).encode("utf-8")
        except (FormatError, UnicodeEncodeError):
            canonical = b""  # nothing that a signature could be made over
        made = ring.newest(role)[0].sign(canonical)
        data = json.dumps({"signatures": [made.to_dict()], "signed": signed}).encode("utf-8", "surrogatepass")
        path.write_bytes(data)
        version = int(path.name.partition(".")[0]) if role != "timestamp" else 1
        named = MetaFile(version, len(data), {"sha256": hashlib.sha256(data).hexdigest()})
        if role == "snapshot":
            self.resign("timestamp", lambda signed: setattr(signed, "snapshot_meta", named))
        elif role != "timestamp":
            self.resign("snapshot", lambda signed: signed.meta.update({f"{role}.json": named}))


def bump(signed: Any) -> None:
    signed.version += 1


@dataclass
class PlayedClock:
    """A clock that says what it is told, above its floor."""

    now: Moment
    floor_s: float = 0.0

    def moment(self) -> Moment:
        if math.isinf(self.now.hi_s):
            return Moment(max(self.now.lo_s, self.floor_s), math.inf, ClockLevel.T1)
        return self.now

    def raise_floor(self, signed_s: float) -> None:
        self.floor_s = max(self.floor_s, signed_s)


def known(now_s: float) -> Moment:
    return Moment.exactly(now_s, 2.0, ClockLevel.T2)


def only_floor(floor_s: float) -> Moment:
    return Moment(floor_s, math.inf, ClockLevel.T1)


class Terminal:
    """A terminal's side: its folders, its first root, and visits at any time."""

    def __init__(self, folder: Path, root: bytes, device: str = "post-1") -> None:
        self.folder = folder
        self.plan = Plan(root, device, folder / "fetch", folder / "incoming", limits=HURRY, deadline_s=20.0)
        self.told: list[tuple[str, int, int]] = []
        self.clock = PlayedClock(known(NOW))
        for wanted in (self.plan.state, self.plan.incoming):
            wanted.mkdir(parents=True)

    def visit(self, *urls: str, now: Moment | float = NOW, folder: Path | None = None, **options: Any) -> Came:
        from dataclasses import replace

        self.clock.now = now if isinstance(now, Moment) else known(now)
        plan = replace(self.plan, urls=urls, folder=folder, **options.pop("plan", {}))
        return visit(plan, self.clock, lambda *told: self.told.append(told), sleep=lambda _s: None, **options)

    @property
    def bundle(self) -> dict[str, bytes]:
        """What lies ready for the installation."""
        current = self.plan.incoming / "current"
        if not current.is_symlink():
            return {}
        folder = current.resolve()
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def bundle_of(office: Office) -> dict[str, bytes]:
    return {
        path.relative_to(office.bundle).as_posix(): path.read_bytes()
        for path in office.bundle.rglob("*")
        if path.is_file()
    }


@dataclass
class Asked:
    """One request, as the server saw it."""

    path: str
    range: str | None
    etag: str | None
    status: int = 0
    sent: int = 0


class Handler(BaseHTTPRequestHandler):
    """Serves a folder with ranges and marks, unless a trick is set for the path."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Mirror

    def do_GET(self) -> None:
        asked = Asked(self.path.lstrip("/"), self.headers.get("Range"), self.headers.get("If-None-Match"))
        self.server.asked.append(asked)
        self.asked = asked
        path = self.server.folder / asked.path
        data = path.read_bytes() if path.is_file() else None
        for part, trick in self.server.tricks.items():
            if part in asked.path:
                trick(self, data or b"")
                return
        if data is None:
            self.answer(404, b"")
            return
        mark = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        if asked.etag == mark:
            self.answer(304, b"", ETag=mark)
        elif asked.range is not None:
            self.answer_part(data)
        else:
            self.answer(200, data, ETag=mark)

    def answer_part(self, data: bytes, limit: int | None = None) -> None:
        begin = int((self.asked.range or "bytes=0-")[6:].partition("-")[0])
        if begin >= len(data):
            self.answer(416, b"")
            return
        self.answer(206, data[begin:], limit, **{"Content-Range": f"bytes {begin}-{len(data) - 1}/{len(data)}"})

    def answer(self, status: int, body: bytes, limit: int | None = None, **headers: str) -> None:
        """`limit`: the connection ends after so many bytes of the body."""
        self.asked.status = status
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304 and "Content-Length" not in headers and "Transfer-Encoding" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        sent = body if limit is None else body[:limit]
        self.wfile.write(sent)
        self.asked.sent += len(sent)
        if limit is not None and limit < len(body):
            self.close_connection = True

    def log_message(self, *_words: object) -> None:
        return


class Mirror(ThreadingHTTPServer):
    """A static server on loopback, with tricks by a part of the path."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.tricks: dict[str, Trick] = {}
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_request: Any) -> None:
        """A client that hangs up is what these tests are about."""

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


@contextmanager
def serving(folder: Path) -> Iterator[Mirror]:
    with Mirror(folder) as mirror:
        thread = threading.Thread(target=mirror.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield mirror
        finally:
            mirror.shutdown()
            thread.join()


@dataclass
class Stage:
    """All of a scene: a publisher, its server and a terminal."""

    office: Office
    mirror: Mirror
    terminal: Terminal
    extra: dict[str, Any] = field(default_factory=dict)

    def visit(self, **options: Any) -> Came:
        return self.terminal.visit(self.mirror.url, **options)
