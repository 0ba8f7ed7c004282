"""A display that never holds anybody up: one thread, one slot for the latest picture, faults retried and counted.

Heals by itself: after a fault the controller is set up again with growing pauses; so it is on request (after a relay action)
and after each quiet minute, because an OLED that was reset by a spike does not say so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from firmware.display import screens
from firmware.display.panel import Panel, PanelError

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 8.0
QUIET_S = 60.0


@dataclass(frozen=True, slots=True)
class PanelHealth:
    """How the display is: said at every fault and when it works again."""

    working: bool
    faults: int  # since start
    why: str = ""


class PanelSink:
    """Owns the panel from now on: nobody else may touch it. `report` is called from the sink's thread and must be quick."""

    def __init__(
        self, panel: Panel, report: Callable[[PanelHealth], None] = lambda health: None, *, quiet_s: float = QUIET_S
    ) -> None:
        self._panel = panel
        self._report = report
        self._quiet_s = quiet_s
        self._wake = threading.Condition()
        self._tried = threading.Condition()
        self._asked = self._done = 0  # pictures that were handed in, and the newest of them that was sent
        self._latest: Image.Image | None = None
        self._reinit_wanted = False
        self._dim_wanted: bool | None = None
        self._step_wanted: int | None = None
        self._closing = False
        self._busy_since_s: float | None = None
        self._health = PanelHealth(True, 0)
        self._thread = threading.Thread(target=self._run, name="panel", daemon=True)
        self._thread.start()

    @property
    def health(self) -> PanelHealth:
        return self._health

    @property
    def alive(self) -> bool:
        """False when the thread has ended: after `close`, or by an error that is not the display's."""
        return self._thread.is_alive()

    @property
    def busy_s(self) -> float:
        """How long the panel has been at the present picture: a stuck bus shows here. 0 when it is not at work."""
        since = self._busy_since_s
        return 0.0 if since is None else time.monotonic() - since

    def show(self, image: Image.Image) -> None:
        """Have this picture shown as soon as the panel can; an older one that still waits is dropped. Never blocks."""
        with self._wake:
            self._latest = image
            self._asked += 1
            self._wake.notify()

    def settle(self, deadline_s: float) -> bool:
        """Wait until the last picture was sent; whether the panel took it within that time. For whoever tests the panel."""
        asked = self._asked
        with self._tried:
            return self._tried.wait_for(lambda: self._done >= asked, deadline_s) and self._health.working

    def blank(self) -> None:
        self.show(screens.blank())

    def dim(self, dimmed: bool) -> None:
        """Have little light, or the configured light again. Never blocks."""
        with self._wake:
            self._dim_wanted = dimmed
            self._wake.notify()

    def brighten(self, step: int) -> None:
        """Have the lit screen this bright (display.brightness). Never blocks."""
        with self._wake:
            self._step_wanted = step
            self._wake.notify()

    def reinit(self) -> None:
        """Have the controller set up again and the last picture shown once more. Never blocks."""
        with self._wake:
            self._reinit_wanted = True
            self._wake.notify()

    def close(self, deadline_s: float = 1.0) -> None:
        """Go dark and end, or give up after `deadline_s`: a stuck bus does not keep the process from leaving."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(deadline_s)

    def _run(self) -> None:
        shown: Image.Image | None = None
        pause_s = FIRST_PAUSE_S
        while True:
            with self._wake:
                if not self._work_waits():
                    self._wake.wait(self._quiet_s if self._health.working else pause_s)
                if self._closing:
                    break
                unasked = not self._work_waits()  # a quiet minute is over, or the pause after a fault is
                image, self._latest = self._latest or shown, None
                asked = self._asked
                again, self._reinit_wanted = self._reinit_wanted or unasked or not self._health.working, False
                dim, self._dim_wanted = self._dim_wanted, None
                step, self._step_wanted = self._step_wanted, None
            shown = image
            pause_s = FIRST_PAUSE_S if self._try(image, again, dim, step) else min(2 * pause_s, LONGEST_PAUSE_S)
            with self._tried:
                self._done = asked
                self._tried.notify_all()
        self._panel.close()

    def _work_waits(self) -> bool:
        wanted = (self._latest, self._dim_wanted, self._step_wanted)
        return self._closing or self._reinit_wanted or any(one is not None for one in wanted)

    def _try(self, image: Image.Image | None, again: bool, dim: bool | None, step: int | None) -> bool:
        """Set up and dim if needed and show; tell how it went when that is news."""
        self._busy_since_s = time.monotonic()
        try:
            if step is not None:
                self._panel.brighten(step)
            if dim is not None:
                self._panel.dim(dim)
            if again:
                self._panel.reinit()
            if image is not None:
                self._panel.show(image)
        except PanelError as fault:
            self._tell(PanelHealth(False, self._health.faults + 1, str(fault)))
            return False
        finally:
            self._busy_since_s = None
        if not self._health.working:
            self._tell(PanelHealth(True, self._health.faults))
        return True

    def _tell(self, health: PanelHealth) -> None:
        self._health = health
        self._report(health)
