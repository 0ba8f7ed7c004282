"""The trust folder under observation: loaded whole when its files change, and swapped whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from firmware.events import TrustLoaded, TrustRefused
from firmware.sync.store import DEMO, TrustError, bundle_in
from firmware.sync.urgent import SUFFIX
from firmware.verify.trust import TrustView

#: An urgent item is in force within two seconds of its coming: half of that is ours.
POLL_S: Final = 1.0

Fingerprint = tuple[tuple[str, int, int], ...]


class TrustWatch:
    """Holds the view in use. `load` gives a checked view whose version is at least the number handed to it."""

    def __init__(
        self, folder: Path, load: Callable[[int], TrustView], poll_s: float = POLL_S, *, urgent: Path | None = None
    ) -> None:
        self._folder = folder
        self._urgent = urgent
        self._load = load
        self._poll_s = poll_s
        self._next_s: float | None = None
        self._seen: Fingerprint | None = None
        self.view: TrustView | None = None

    def poll(self, now_s: float) -> TrustLoaded | TrustRefused | None:
        """Look at the folder when it is time; what changed, or None. A refused bundle leaves the view as it was."""
        if self._next_s is not None and now_s < self._next_s:
            return None
        self._next_s = now_s + self._poll_s
        found = _fingerprint(self._folder) + _items(self._urgent)
        if found == self._seen:
            return None
        self._seen = found
        try:
            view = self._load(self.view.version if self.view else 0)
        except TrustError as error:
            return TrustRefused(error.what, error.next_step)
        self.view = view
        return loaded(view)


def loaded(view: TrustView) -> TrustLoaded:
    """The event that tells of this view. The age of the status data is that of the oldest source."""
    issued = view.status_issued_s
    return TrustLoaded(view.version, float(min(issued)) if issued else None, view.environment == DEMO)


def _fingerprint(folder: Path) -> Fingerprint:
    """Names, times and sizes of the bundle's files and the demo's anchors, not of a generation that is still being written.

    Files that come and go while we look simply change it again.
    """
    found = []
    for path in sorted({*bundle_in(folder).rglob("*"), *(folder / "anchors").rglob("*")}):
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
