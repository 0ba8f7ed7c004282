"""The trust folder under observation: loaded whole when its files change, and swapped whole or not at all.

Loading reads and verifies everything again: seconds of work for a nation's data on a small machine. So it may be handed to a
thread (`submit`); the loop goes on with the view it has, and alone swaps in the new one, between two scans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Final, Protocol

from firmware.events import TrustLoaded, TrustRefused
from firmware.sync.record import BLOBS, CURRENT, GENERATIONS, MANIFEST, linked_number, path_of
from firmware.sync.register_file import step_back
from firmware.sync.store import DEMO, FellBackError, TrustError
from firmware.sync.urgent import SUFFIX
from firmware.verify.trust import TrustView

#: An urgent item is in force within two seconds of its coming: half of that is ours.
POLL_S: Final = 1.0

Fingerprint = tuple[tuple[str, int, int], ...]
Found = tuple[TrustView | None, TrustRefused | None]


class Submit(Protocol):
    """A thread's door, such as ThreadPoolExecutor.submit."""

    def __call__(self, work: Callable[[], Found], /) -> Future[Found]: ...


class TrustWatch:
    """Holds the view in use. `load` gives a checked view whose version is at least the number handed to it.

    `took` is told, in the loop, of each view that comes into use. With `submit`, loading happens in a thread; not the first
    time, when there is nothing to go on with. `urgent` is the folder of urgent items.
    """

    def __init__(
        self,
        folder: Path,
        load: Callable[[int], TrustView],
        poll_s: float = POLL_S,
        *,
        urgent: Path | None = None,
        took: Callable[[TrustView], None] = lambda view: None,
        submit: Submit | None = None,
    ) -> None:
        self._folder = folder
        self._urgent = urgent
        self._load = load
        self._poll_s = poll_s
        self._took = took
        self._submit = submit
        self._next_s: float | None = None
        self._seen: Fingerprint | None = None
        self._seen_blobs: Fingerprint = ()
        self._refused = False
        self._coming: Future[Found] | None = None
        self.view: TrustView | None = None

    def poll(self, now_s: float) -> TrustLoaded | TrustRefused | None:
        """Look at the folder when it is time; what changed, or None. A refused bundle leaves the view as it was."""
        if self._coming is None and (self._next_s is None or now_s >= self._next_s):
            self._next_s = now_s + self._poll_s
            self._look()
        if self._coming is None or not self._coming.done():
            return None
        view, refused = self._coming.result()
        self._coming, self._refused = None, refused is not None
        if view is None:
            return refused
        back = step_back(self.view, view) if self.view is not None else None
        if back is not None:
            self._refused = True
            return TrustRefused(back, "what was in force stays; bring a newer bundle from the publisher")
        self.view = view
        self._took(view)
        return loaded(view, refused)

    def _look(self) -> None:
        """Begin to load where something changed; after a refusal also where blobs came, which may be what was missing."""
        found, blobs = _fingerprint(_parts(self._folder)) + _items(self._urgent), _fingerprint([self._folder / BLOBS])
        if found == self._seen and not (self._refused and blobs != self._seen_blobs):
            return
        self._seen, self._seen_blobs = found, blobs
        in_use = self.view
        if self._submit is None or in_use is None:
            self._coming = Future()
            self._coming.set_result(self._found(in_use))
        else:
            self._coming = self._submit(lambda: self._found(in_use))

    def _found(self, in_use: TrustView | None) -> Found:
        """May run in a thread: reads the folder and what it is handed, and changes nothing of this object."""
        try:
            return self._load(in_use.version if in_use else 0), None
        except FellBackError as error:
            refused = TrustRefused(error.what, error.next_step)
            is_older = in_use is not None and error.view.newest_issued_s < in_use.newest_issued_s
            return None if is_older else error.view, refused
        except TrustError as error:
            return None, TrustRefused(error.what, error.next_step)


def loaded(view: TrustView, instead_of: TrustRefused | None = None) -> TrustLoaded:
    """The event that tells of this view. The age of the status data is that of the oldest source."""
    issued = view.status_issued_s
    return TrustLoaded(view.version, float(min(issued)) if issued else None, view.environment == DEMO, instead_of)


def _parts(folder: Path) -> Iterator[Path]:
    """What the view depends on, and the demo's anchors; nothing of a generation that is still being written."""
    yield from (folder / "anchors").rglob("*")
    number = linked_number(folder)
    if number is not None:
        place = path_of(folder, number)
        yield place
        yield from place.rglob("*")
        return
    own = {CURRENT, GENERATIONS, BLOBS, "anchors"}
    for path in folder.glob("*"):
        if path.name not in own and not path.name.startswith(MANIFEST):
            yield path
            yield from path.rglob("*")


def _fingerprint(paths: Iterable[Path]) -> Fingerprint:
    """Names, times and sizes. Files that come and go while we look simply change it again."""
    found = []
    for path in sorted(paths):
        try:
            status = path.stat()
        except OSError:
            continue
        found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)


def _items(folder: Path | None) -> Fingerprint:
    """The urgent items that lie there: each is written once, under a name of its own."""
    if folder is None or not folder.is_dir():
        return ()
    return tuple((path.name, 0, 0) for path in sorted(folder.glob(f"*{SUFFIX}")))
