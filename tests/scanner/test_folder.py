from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from firmware.scanner import SourceError, SourceSpec, read_codes
from firmware.scanner.folder import natural_order
from firmware.scanner.source import FrameSource, SourceKind, open_source
from tests.scanner.conftest import draw_qr


def spec_of(folder: Path, *names: str) -> SourceSpec:
    for name in names:
        cv2.imwrite(str(folder / name), draw_qr(name))
    return SourceSpec(SourceKind.FOLDER, str(folder), fps=200.0)


def payloads(source: FrameSource, count: int) -> list[bytes]:
    seen: list[bytes] = []
    while len(seen) < count and not source.ended:
        frame = source.read(1.0)
        if frame is not None:
            seen += [code.payload for code in read_codes(frame.gray)]
    return seen


def test_pictures_come_in_natural_order_and_end(tmp_path: Path) -> None:
    with open_source(spec_of(tmp_path, "10.png", "9.png", "1.png", "note.jpg")) as source:
        assert payloads(source, 9) == [b"1.png", b"9.png", b"10.png", b"note.jpg"]
        assert source.ended
        assert source.read(0.0) is None


def test_a_looping_folder_begins_again(tmp_path: Path) -> None:
    with open_source(replace(spec_of(tmp_path, "1.png", "2.png"), loop=True)) as source:
        assert payloads(source, 5) == [b"1.png", b"2.png", b"1.png", b"2.png", b"1.png"]
        assert not source.ended


def test_frames_are_numbered_and_timed(tmp_path: Path) -> None:
    with open_source(spec_of(tmp_path, "1.png", "2.png")) as source:
        first, second = source.read(1.0), source.read(1.0)
    assert first is not None
    assert second is not None
    assert (first.seq, second.seq) == (0, 1)
    assert second.monotonic_s - first.monotonic_s >= 1 / 200


def test_a_picture_that_is_not_due_yet_is_none(tmp_path: Path) -> None:
    with open_source(replace(spec_of(tmp_path, "1.png", "2.png"), fps=1.0)) as source:
        assert source.read(0.0) is not None
        assert source.read(0.01) is None
        assert not source.ended


def test_a_file_that_is_no_picture_is_passed_over_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spec = spec_of(tmp_path, "1.png", "3.png")
    (tmp_path / "2.png").write_text("no picture")
    with caplog.at_level(logging.WARNING), open_source(spec) as source:
        assert payloads(source, 9) == [b"1.png", b"3.png"]
    assert "2.png is not a picture" in caplog.text


def test_a_folder_whose_last_file_is_no_picture_ends_all_the_same(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, "1.png")
    (tmp_path / "2.png").write_text("no picture")
    with open_source(spec) as source:
        assert payloads(source, 9) == [b"1.png"]
        assert source.read(0.1) is None
        assert source.ended


def test_a_folder_of_bad_files_only_is_an_error_even_when_it_loops(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_text("no picture")
    spec = SourceSpec(SourceKind.FOLDER, str(tmp_path), fps=200.0, loop=True)
    with open_source(spec) as source, pytest.raises(SourceError, match="none of the 1 files"):
        source.read(1.0)


def test_an_empty_folder_says_what_to_put_in(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no pictures") as refused:
        open_source(SourceSpec(SourceKind.FOLDER, str(tmp_path)))
    assert ".png" in refused.value.next_step


def test_natural_order_survives_odd_names() -> None:
    names = ["b", "a10", "a2", "2", "10", "", "照片3", "照片12", "²"]
    assert [path.name for path in sorted(map(Path, names), key=natural_order)][1:3] == ["2", "10"]
