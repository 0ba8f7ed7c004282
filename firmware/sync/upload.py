"""The terminal's batches of records -> the collector, and its receipts back. Runs after the download, and never in its way.

Nothing is believed here and nothing is opened: a batch is carried as it lies, an answer is laid down as it came, and the
terminal checks the signatures under it. Whatever goes wrong means "not delivered": the batch stays, and is tried next time.
"""

from __future__ import annotations

import os
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import urllib3

from firmware.sync.fetch import SyncError, Trouble

MAX_BATCH_BYTES: Final = 1 << 20
MAX_ANSWER_BYTES: Final = 4096
MAX_BATCHES: Final = 256
CONNECT_S: Final = 5.0
READ_S: Final = 30.0
TOTAL_S: Final = 300.0
PATH: Final = "/v1/batches"
_NAME: Final = re.compile(r"([0-9a-f]{16})-(\d{10,14})-(\d{10,14})\.batch")
_SIZE: Final = re.compile(r"[0-9]{1,14}")


@dataclass(frozen=True, slots=True)
class UploadReport:
    """What became of the batches. `why` is empty when all were delivered."""

    delivered: int = 0
    sent_bytes: int = 0
    waiting: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class CollectorUploader:
    """`upload` as the last step of a visit; what was not delivered is one line in its record."""

    outbox: Path
    inbox: Path
    url: str
    proxy: str | None = None
    ca_file: str | None = None

    def upload(self, ends_s: float) -> None:
        """Raises SyncError for what was not delivered; `ends_s` is monotonic."""
        left_s = max(0.0, ends_s - time.monotonic())
        report = upload(self.outbox, self.inbox, self.url, total_s=left_s, proxy=self.proxy, ca_file=self.ca_file)
        if report.why:
            raise SyncError(Trouble.OFFLINE, f"{report.waiting} batches wait: {report.why}")


def upload(
    outbox: Path,
    inbox: Path,
    url: str,
    *,
    total_s: float = TOTAL_S,
    proxy: str | None = None,
    ca_file: str | None = None,
    monotonic_s: Callable[[], float] = time.monotonic,
) -> UploadReport:
    """Post each waiting batch in order, and lay down the newest receipt of each device. Never raises for what may go wrong.

    The first failure of a device ends its round: a later batch without the earlier ones says nothing to the collector.
    Idempotent: a batch whose receipt was lost on the way is posted again, and answered with the same.
    """
    ends_s = monotonic_s() + total_s
    delivered = sent = 0
    failed: dict[str, str] = {}
    try:
        batches = _waiting(outbox, inbox)
    except OSError as error:
        return UploadReport(why=f"{outbox}: {error.strerror}")
    with _pool(proxy, ca_file) as pool:
        for device, path in batches:
            if device in failed:
                continue
            if monotonic_s() >= ends_s:
                failed[device] = f"no time left after {total_s:.0f} s"
                continue
            try:
                content = _content(path)
                answer = _post(pool, url.rstrip("/") + PATH, content)
                _lay_down(inbox, device, answer)
            except (OSError, urllib3.exceptions.HTTPError, NotDeliveredError) as error:
                failed[device] = f"{path.name}: {error}"
                continue
            delivered, sent = delivered + 1, sent + len(content)
    return UploadReport(delivered, sent, len(batches) - delivered, "; ".join(failed.values()))


def _pool(proxy: str | None, ca_file: str | None) -> urllib3.PoolManager:
    timeout, tls = urllib3.Timeout(connect=CONNECT_S, read=READ_S), ssl.create_default_context(cafile=ca_file)
    if proxy:
        return urllib3.ProxyManager(proxy, retries=False, timeout=timeout, ssl_context=tls)
    return urllib3.PoolManager(retries=False, timeout=timeout, ssl_context=tls)


class NotDeliveredError(Exception):
    """The collector did not take the batch; the text says what it answered."""


def _waiting(outbox: Path, inbox: Path) -> list[tuple[str, Path]]:
    """(device, path) of the batches that no receipt covers yet, each device's in order."""
    found = []
    for path in outbox.iterdir() if outbox.is_dir() else ():
        named = _NAME.fullmatch(path.name)
        if named and int(named[3]) > _covered(inbox, named[1]):
            found.append((named[1], int(named[2]), path))
    return [(device, path) for device, _, path in sorted(found)[:MAX_BATCHES]]


def _covered(inbox: Path, device: str) -> int:
    """How many leaves the last receipt speaks of, unchecked: it only spares sending the same again."""
    try:
        with (inbox / f"{device}.receipt").open("rb") as file:
            lines = file.read(MAX_ANSWER_BYTES).decode("utf-8", "replace").split("\n")
    except OSError:
        return 0
    return int(lines[1]) if len(lines) > 1 and _SIZE.fullmatch(lines[1]) else 0


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_BATCH_BYTES + 1)
    if len(content) > MAX_BATCH_BYTES:
        raise NotDeliveredError(f"more than {MAX_BATCH_BYTES >> 20} MiB")
    return content


def _post(pool: urllib3.PoolManager, url: str, content: bytes) -> bytes:
    """The collector's answer to one batch, capped. Raises NotDeliveredError for anything but a receipt."""
    response = pool.request(
        "POST",
        url,
        body=content,
        headers={"Content-Type": "application/octet-stream", "User-Agent": "yanma-sync"},
        redirect=False,
        preload_content=False,
    )
    try:
        answer = response.read(MAX_ANSWER_BYTES + 1, decode_content=False)
        whole = not response.length_remaining
    finally:
        response.close()
    if response.status != 200:
        raise NotDeliveredError(f"the collector answered {response.status}: {_plain(answer)}")
    if not answer or not whole or len(answer) > MAX_ANSWER_BYTES:
        raise NotDeliveredError("the collector's answer is no receipt")
    return answer


def _plain(answer: bytes) -> str:
    """A stranger's words, short and without control characters."""
    text = answer[:200].decode("utf-8", "replace").split("\n")[0]
    return "".join(character for character in text if character.isprintable())[:120]


def _lay_down(inbox: Path, device: str, answer: bytes) -> None:
    inbox.mkdir(parents=True, exist_ok=True)
    path = inbox / f"{device}.receipt"
    draft = path.with_suffix(".new")
    with draft.open("wb") as file:
        file.write(answer)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(0o644)
    draft.replace(path)
