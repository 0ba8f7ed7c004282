"""The benches that watch the worker and its stages, each with a handful of frames."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bench.report import emit_tables
from bench.scanner_stages import Sample, measure
from bench.worker_memory import figures, worker_memory
from firmware.scanner import QR
from firmware.scanner.decoders import EXTRAS
from tests.scanner.conftest import draw_qr


@pytest.mark.slow
def test_the_workers_memory_is_told_from_its_own_process() -> None:
    found = worker_memory(100)
    assert found.frames >= 100
    assert found.scans >= 1
    assert 20 < found.warm_mb <= found.most_mb < 1000
    assert figures(found)["grown_mb"] == pytest.approx(found.end_mb - found.warm_mb, abs=0.1)


def test_stages_are_printed_and_written_as_every_bench_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = [Sample(draw_qr("HELLO", frame=(240, 320)), ("HELLO",)), Sample(np.full((240, 320), 90, np.uint8), ())]
    rows = [row.figures() for row in measure(samples, QR)]
    emit_tables("stages", [("QR", rows)], str(tmp_path / "stages.json"))
    names = {str(row["stage"]) for row in rows}
    assert names >= {f"stage {stage.name}" for stage in EXTRAS if stage.format == QR}
    assert {row["stage"]: row["read"] for row in rows}["read_codes first"] == 1
    assert not any(row["wrong"] for row in rows)
    assert "read_codes full" in capsys.readouterr().out
    assert json.loads((tmp_path / "stages.json").read_text())["tables"]["QR"] == rows
