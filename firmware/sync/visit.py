"""One visit: what a short process of its own does when the timer starts it, with the record of how it went.

The download comes first and stands by itself; then whoever has something to send may send it, and its failure is told apart:
a broken upload never holds back a revocation.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

from firmware.model import Moment
from firmware.sync import last as records
from firmware.sync.blobs import Store
from firmware.sync.errors import MissingBlobError
from firmware.sync.fetch import FolderSource, Limits, Source, SyncError, Tell
from firmware.sync.judged import Judged
from firmware.sync.keeping import Keeper
from firmware.sync.last import Last
from firmware.sync.rhythm import MAX_BACK_OFF_S, mirrors_in_order, next_try_s, pause_s
from firmware.sync.rounds import Fetched, NoMirrorError, Round, cost, one_round
from firmware.sync.updater import METADATA, TIME_FLOOR
from firmware.sync.web import Remembered, WebSource

_TIMESTAMP: Final = f"{METADATA}/timestamp.json"


class FloorClock(Protocol):
    """Our clock: time with its doubt, above a floor that signed dates raise."""

    def moment(self) -> Moment: ...

    def raise_floor(self, signed_s: float) -> None: ...


class Uploader(Protocol):
    """Sends what this device has to send. Raises SyncError."""

    def upload(self, ends_s: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """Where from, where to, and how much. `folder` is a repository on a stick, and then `urls` are not asked."""

    root: bytes
    device: str
    state: Path
    incoming: Path
    urls: tuple[str, ...] = ()
    folder: Path | None = None
    period_s: float = 900.0
    deadline_s: float = 240.0
    proxy: str | None = None
    ca_file: str | None = None
    agent: str = "yanma"
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Came:
    """What a visit came to. `fetched` is None where it failed (then `last.trouble` says why) or was not due."""

    last: Last
    fetched: Fetched | None = None
    faults: tuple[tuple[str, SyncError], ...] = ()
    due: bool = True


def visit(
    plan: Plan,
    clock: FloorClock,
    tell: Tell,
    *,
    only_when_due: bool = False,
    uploader: Uploader | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Came:
    """Fetch, keep, lay out, record. Raises BusyError (another visit is on) and OSError (this disk); not for what is shown."""
    before = records.load(plan.state)
    with Store.open(plan.state) as store:
        clock.raise_floor(float(store.floors().get(TIME_FLOOR, 0)))
        moment = clock.moment()
        if only_when_due and not _is_due(before, moment, plan.period_s):
            return Came(before, due=False)
        ends_s = time.monotonic() + plan.deadline_s
        came = _download(plan, store, moment, before, tell, ends_s, sleep)
        if came.last.issued_s is not None:
            clock.raise_floor(float(came.last.issued_s))
        if uploader is not None:
            came = replace(came, last=replace(came.last, upload=_upload(uploader, ends_s)))
        records.save(plan.state, came.last)
    return came


def _is_due(before: Last, moment: Moment, period_s: float) -> bool:
    """A moment further ahead than any back-off was noted by another clock."""
    ahead_s = (before.next_s or 0.0) - moment.utc_s
    return ahead_s <= 0 or ahead_s > MAX_BACK_OFF_S + period_s


def _download(
    plan: Plan,
    keeper: Keeper,
    moment: Moment,
    before: Last,
    tell: Tell,
    ends_s: float,
    sleep: Callable[[float], None],
) -> Came:
    judged = Judged(moment, by_hand=plan.folder is not None)
    work = Round(plan.root, keeper, plan.state / "parts", plan.incoming, judged, tell)
    webs = [] if plan.folder else _webs(plan, moment, keeper, before, ends_s, sleep)
    sources: Sequence[Source] = [FolderSource(plan.folder)] if plan.folder else webs
    tried = replace(before, tried_s=moment.utc_s)
    try:
        fetched = one_round(work, sources)
    except NoMirrorError as error:
        came = Came(
            replace(tried, failures=before.failures + 1, trouble=error.trouble, what=error.what), None, error.failed
        )
    else:
        came = Came(_after(tried, fetched, moment), fetched, fetched.passed)
    total = cost(sources)
    next_s = next_try_s(plan.device, moment.utc_s, plan.period_s, came.last.failures)
    etags = {**before.etags, **_etags(webs)}
    return replace(
        came,
        last=replace(
            came.last,
            next_s=before.next_s if plan.folder else next_s,  # a stick says nothing about the network
            requests=total.requests,
            body_bytes=total.body_bytes,
            etags={url: mark for url, mark in etags.items() if url in plan.urls or plan.folder},
        ),
    )


def _after(tried: Last, fetched: Fetched, moment: Moment) -> Last:
    seen = fetched.repository
    return replace(
        tried,
        succeeded_s=moment.utc_s,
        failures=0,
        trouble=None,
        what="",
        source=fetched.source,
        freshness=seen.freshness,
        issued_s=seen.issued_s,
        versions=dict(seen.versions),
        expires_s=dict(seen.expires_s),
    )


def _upload(uploader: Uploader, ends_s: float) -> str | None:
    try:
        uploader.upload(ends_s)
    except SyncError as error:
        return f"{error.trouble}: {error.what}"
    return None


def _webs(
    plan: Plan, moment: Moment, keeper: Keeper, before: Last, ends_s: float, sleep: Callable[[float], None]
) -> list[WebSource]:
    """The mirrors in this device's order, each with what it is known to have shown last."""
    timestamp = _kept_timestamp(keeper)
    mark = hashlib.sha256(timestamp).hexdigest() if timestamp is not None else ""
    found = []
    for url in mirrors_in_order(plan.device, plan.urls):

        def pause(failed: int, url: str = url) -> None:
            sleep(max(0.0, min(pause_s(plan.device, url, failed), ends_s - time.monotonic())))

        web = WebSource(
            url,
            plan.limits,
            ends_s=ends_s,
            pause=pause,
            agent=plan.agent,
            proxy=plan.proxy,
            ca_file=plan.ca_file,
            clock_is_known=moment.hi_s < float("inf"),
        )
        etag, _, digest = before.etags.get(url, "").rpartition(" ")
        if timestamp is not None and etag and digest == mark:
            web.remembered[_TIMESTAMP] = Remembered(etag, timestamp)
        found.append(web)
    return found


def _kept_timestamp(keeper: Keeper) -> bytes | None:
    kept = keeper.current()
    digest = kept.entries.get(_TIMESTAMP) if kept else None
    try:
        return keeper.read(digest) if digest else None
    except MissingBlobError:
        return None


def _etags(webs: Sequence[WebSource]) -> Mapping[str, str]:
    """The mark of each mirror's timestamp, with the hash of what it stands for."""
    return {
        web.name: f"{known.etag} {hashlib.sha256(known.data).hexdigest()}"
        for web in webs
        if (known := web.remembered.get(_TIMESTAMP)) is not None
    }
