"""Frame to bytes, stage by stage: CPU time as ratios to pyzbar reading the same frame, medians, all in one run.

    python -m bench.scanner_stages [--json FILE] [--pictures FOLDER]

Without pictures the frames are those of a simulated story (phones and paper, 1280x720). FOLDER holds a manifest.json:
[{"file", "kind": "qr" | "code128" | "neg", "texts": [...]}, ...].
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import segno
import zxingcpp

from bench.reading.expected import right_and_wrong
from bench.report import emit_tables
from firmware.scanner import QR, confirm, read_codes, second_opinion, zbar
from firmware.scanner.codes import CODE_128, Code, Gray
from firmware.scanner.decoders import EXTRAS, FIRST, LAST, Stage, run_stage
from firmware.scanner.picture import read_picture
from firmware.scanner.quality import find_candidate
from firmware.scanner.scenes import read_story
from firmware.scanner.simulated import Film

ALPHANUMERIC: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
#: Characters of a mark, a delegated licence, a two-level licence: what the office issues (base45, EC M on screens).
TEXT_LENGTHS: Final = (290, 390, 500, 560)
FRAMES_PER_S: Final = 4


@dataclass(frozen=True)
class Sample:
    """A frame and the texts it shows; none for a frame without a code."""

    gray: Gray
    texts: tuple[str, ...]
    format: str = QR

    def right(self, codes: Sequence[Code]) -> bool:
        return right_and_wrong((code.payload for code in codes), self.texts)[0]


@dataclass(frozen=True)
class Row:
    stage: str
    to_pyzbar: float  # median of the ratios, frame by frame
    worst: float  # 95th percentile of the ratios
    read: int
    wrong: int
    frames: int

    def figures(self) -> Mapping[str, float | str]:
        """For the table, ratios rounded to what they are worth."""
        return asdict(self) | {"to_pyzbar": round(self.to_pyzbar, 3), "worst": round(self.worst, 2)}


def story_samples() -> Iterator[Sample]:
    """Frames of phones and sheets that come, are held and leave, and of the view between."""
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scenes, texts = [], []
        for number, length in enumerate(TEXT_LENGTHS * 2):
            carrier = ("phone", "paper")[number % 2]
            texts.append("JZ1:" + "".join(rng.choices(ALPHANUMERIC, k=length)))
            symbol = segno.make(texts[-1], error="m" if carrier == "phone" else "q", micro=False, boost_error=False)
            symbol.save(str(folder / f"{number}.png"), scale=8)
            scenes.append({"picture": f"{number}.png", "carrier": carrier, "seconds": 4})
        (folder / "scenes.json").write_text(json.dumps({"version": 1, "scenes": scenes}))
        film = Film(read_story(folder), 1280, 720, seed=1)
        for tick in range(int(film.seconds * FRAMES_PER_S)):
            gray, scene, number = film.frame_at(tick / FRAMES_PER_S)
            held = 0.8 < film.scene_at(tick / FRAMES_PER_S)[1] < scene.seconds - 0.6
            yield Sample(gray, (texts[number],) if held else ())


def picture_samples(folder: Path) -> Iterator[Sample]:
    for entry in json.loads((folder / "manifest.json").read_text()):
        _, gray = read_picture(folder / entry["file"])[0]
        yield Sample(gray, tuple(entry["texts"]), CODE_128 if entry["kind"] == "code128" else QR)


def timed(work: Callable[[], list[Code]]) -> tuple[float, list[Code]]:
    began_s = time.thread_time()
    codes = work()
    return max(time.thread_time() - began_s, 1e-7), codes


def zxing_alone(sample: Sample) -> list[Code]:
    """zxing-cpp as it comes, for this one format: the peer to beat."""
    wanted = zxingcpp.BarcodeFormat.QRCodeModel2 if sample.format == QR else zxingcpp.BarcodeFormat.Code128
    found = zxingcpp.read_barcodes(sample.gray, formats=zxingcpp.BarcodeFormats(wanted))
    return [Code(barcode.bytes, sample.format, _NOWHERE, "zxing", "alone") for barcode in found]


def whole_ways(formats: tuple[str, ...]) -> dict[str, Callable[[Sample], list[Code]]]:
    return {
        "zxing-cpp alone, defaults": zxing_alone,
        "read_codes first": lambda sample: read_codes(sample.gray, formats=formats),
        "read_codes full": lambda sample: read_codes(sample.gray, effort="full", formats=formats),
    }


def one_stage(stage: Stage) -> Callable[[Sample], list[Code]]:
    return lambda sample: run_stage(sample.gray, stage)


def only_time(work: Callable[[Gray, Code], object]) -> Callable[[Sample], list[Code]]:
    """A step that works on a code already read; frames without one cost it nothing and are left out."""

    def run(sample: Sample) -> list[Code]:
        for code in _first_code[id(sample)]:
            work(sample.gray, code)
        return _first_code[id(sample)]

    return run


_NOWHERE: Final = np.zeros((4, 2))
_first_code: dict[int, list[Code]] = {}


def measure(samples: Sequence[Sample], wanted: str) -> list[Row]:
    """One row a stage. pyzbar reads each frame just before the stage does, so that both meet the same machine."""
    ways = whole_ways((wanted,))
    ways |= {f"stage {s.name}": one_stage(s) for s in FIRST + EXTRAS + LAST if s.format == wanted}
    for sample in samples:
        _first_code[id(sample)] = read_codes(sample.gray, formats=(wanted,))[:1]
    with_code = [sample for sample in samples if _first_code[id(sample)]]
    rows = [_row(name, way, samples, wanted) for name, way in ways.items()]
    rows.append(_row("second opinion, of one code", only_time(second_opinion), with_code, wanted))
    rows.append(_row("confirm, of one code", only_time(confirm), with_code, wanted))
    rows.append(_row("look for an unread code", _candidate, samples, wanted))
    return rows


def _candidate(sample: Sample) -> list[Code]:
    find_candidate(sample.gray)
    return []


def _row(name: str, way: Callable[[Sample], list[Code]], samples: Sequence[Sample], wanted: str) -> Row:
    ratios, read, wrong = [], 0, 0
    for sample in samples:
        pyzbar_s, _ = timed(lambda sample=sample: zbar.find(sample.gray, wanted, "peer"))  # type: ignore[misc]
        spent_s, codes = timed(lambda sample=sample: way(sample))  # type: ignore[misc]
        ratios.append(spent_s / pyzbar_s)
        right = sample.right(codes)
        read += right
        wrong += bool(codes) and bool(sample.texts) and not right
    worst = sorted(ratios)[int(len(ratios) * 0.95)] if ratios else 0.0
    return Row(name, statistics.median(ratios) if ratios else 0.0, worst, read, wrong, len(samples))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="also write the tables to FILE")
    parser.add_argument("--pictures", type=Path, help="a folder of pictures with its manifest.json")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    if zbar.why_missing():
        raise SystemExit(f"no ratios without the peer: {zbar.why_missing()}")
    samples = list(picture_samples(arguments.pictures) if arguments.pictures else story_samples())
    found = []
    for wanted in (QR, CODE_128):
        chosen = [sample for sample in samples if sample.format == wanted]
        for kind, group in {
            f"{wanted}, frames with a code": [sample for sample in chosen if sample.texts],
            f"{wanted}, frames without": [sample for sample in chosen if not sample.texts],
        }.items():
            if group:
                found.append((kind, [row.figures() for row in measure(group, wanted)]))
    emit_tables("scanner, stage by stage (1 is what pyzbar takes for the same frame)", found, arguments.json)


if __name__ == "__main__":
    main()
