"""The daemon itself on the board: `yanma run` as a process, what it tells, and what it ought to show."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import zxingcpp
from PIL import Image

from firmware.display.nudge import WAYS, nudged
from firmware.display.screens import draw_notice
from firmware.display.signals import notice_for
from firmware.model import Moment, Notice, Scan, Verdict
from firmware.profiles import load_profile
from firmware.sync.store import load_trust
from firmware.verify.verifier import verify

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0
Told = dict[str, Any]


def wait_for(what: str, holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> float:
    """Seconds until it held. Fails when it never does."""
    began_s = time.monotonic()
    while not holds():
        assert time.monotonic() - began_s < patience_s, f"{what} did not happen in {patience_s:g} s"
        time.sleep(0.02)
    return time.monotonic() - began_s


@dataclass
class World:
    """The demo office's documents and lists, in a folder."""

    folder: Path

    @property
    def trust(self) -> Path:
        return self.folder / "trust"

    def code(self, name: str) -> Path:
        return self.folder / "codes" / f"{name}.png"

    def verdict(self, name: str, profile: str) -> Verdict:
        """The verdict on this code, from the file and not through a camera."""
        picture = cv2.imread(str(self.code(name)), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        code = zxingcpp.read_barcode(picture, formats=zxingcpp.BarcodeFormat.QRCode)
        assert code is not None, name
        view = load_trust(self.trust, self.trust / "anchors", "demo")
        scan = Scan(code.bytes, "zxing", 0.0, reads=2)
        return verify(scan, view, Moment.exactly(time.time(), 5.0), load_profile(profile))

    def pictures(self, name: str, profile: str, language: str = "zh") -> list[Image.Image]:
        """The screens that this code's verdict may have, drawn from its words and not from a bus."""
        return in_every_way(notice_for(self.verdict(name, profile), load_profile(profile), language))


def in_every_way(notice: Notice) -> list[Image.Image]:
    """The notice as it is drawn, and a pixel to each side where it fits."""
    return [nudged(draw_notice(notice), turn, band=notice.lit) for turn in range(len(WAYS))]


class Terminal:
    """`yanma run` and what it tells as JSON lines."""

    def __init__(self, folder: Path, world: World, *words: str) -> None:
        self.events = folder / "events.jsonl"
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "firmware", "run", *self._words(folder, world), *words],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": f"{os.environ.get('PYTHONPATH', '')}:{ROOT}", "LG_WD": str(folder)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _words(self, folder: Path, world: World) -> list[str]:
        files = ["--trust", str(world.trust), "--ledger", str(folder / "ledger"), "--json-events", str(self.events)]
        return [*files, "--set", f"clock.floor={folder / 'floor'}", "--environment", "demo"]

    def told(self, name: str) -> list[Told]:
        if not self.events.exists():
            return []
        lines = (json.loads(line) for line in self.events.read_text().splitlines() if line.endswith("}"))
        return [line for line in lines if line["event"] == name]

    def verdicts(self) -> list[tuple[str, str]]:
        return [(told["family"], told["reason"]) for told in self.told("verdict")]

    def wait(self, what: str, holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> float:
        def still_there() -> bool:
            assert self.process.poll() is None, f"the terminal ended with {self.process.returncode}\n{self.said()}"
            return holds()

        try:
            return wait_for(what, still_there, patience_s)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.said()}") from error

    def wait_for_verdict(self, reason: str, after: int = 0) -> Told:
        self.wait(f"a verdict {reason}", lambda: reason in [why for _, why in self.verdicts()[after:]])
        return next(told for told in self.told("verdict")[after:] if told["reason"] == reason)

    def said(self) -> str:
        return self.log.read_text()[-3000:]

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(15)
