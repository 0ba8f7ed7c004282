from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.scanner import SourceError, SourceSpec, parse_source
from firmware.scanner.source import SourceKind, open_source

GOOD = {
    "picamera": (SourceKind.PICAMERA, "0"),
    "picamera:1": (SourceKind.PICAMERA, "1"),
    "0": (SourceKind.V4L2, "0"),
    "12": (SourceKind.V4L2, "12"),
    "v4l2:/dev/video0": (SourceKind.V4L2, "/dev/video0"),
    "/dev/video2": (SourceKind.V4L2, "/dev/video2"),
    "video:any.name": (SourceKind.VIDEO, "any.name"),
    "clip.mp4": (SourceKind.VIDEO, "clip.mp4"),
    "/films/Clip.AVI": (SourceKind.VIDEO, "/films/Clip.AVI"),
    "folder:pictures": (SourceKind.FOLDER, "pictures"),
    "some/pictures": (SourceKind.FOLDER, "some/pictures"),
    "scenes:demo": (SourceKind.SCENES, "demo"),
    "video:c:/odd:name.avi": (SourceKind.VIDEO, "c:/odd:name.avi"),
}


@pytest.mark.parametrize("text", GOOD)
def test_what_a_person_types_names_a_source(text: str) -> None:
    spec = parse_source(text)
    assert (spec.kind, spec.location) == GOOD[text]


@pytest.mark.parametrize("text", ["", "webcam", "picamera:", "picamera:front", "scenes:", "123", ":", "http:x"])
def test_what_names_no_source_says_what_may_be_written(text: str) -> None:
    with pytest.raises(SourceError) as refused:
        parse_source(text)
    assert "picamera" in refused.value.next_step


def test_an_existing_folder_needs_no_slash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shots").mkdir()
    monkeypatch.chdir(tmp_path)
    assert parse_source("shots").kind is SourceKind.FOLDER


@pytest.mark.parametrize(
    "text",
    ["v4l2:/dev/video99", "99", "video:/no/such.avi", "/no/such/folder", "scenes:/no/such/story"],
)
def test_a_missing_source_says_what_is_missing_and_what_to_do(text: str) -> None:
    with pytest.raises(SourceError) as refused:
        open_source(parse_source(text))
    assert refused.value.what
    assert refused.value.next_step


def test_a_spec_can_be_handed_to_another_process() -> None:
    spec = SourceSpec(SourceKind.FOLDER, "pictures", fps=2.5, loop=True)
    assert pickle.loads(pickle.dumps(spec)) == spec


@pytest.mark.parametrize(
    "wrong", [{"width": 63}, {"height": 4097}, {"fps": -1.0}, {"fps": 241.0}, {"fps": float("nan")}]
)
def test_a_spec_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="frame"):
        SourceSpec(SourceKind.FOLDER, "pictures", **wrong)  # type: ignore[arg-type]


def test_watching_the_scanner_loads_no_picture_library() -> None:
    code = (
        "import sys; from firmware.scanner import Scanner, parse_source; Scanner(parse_source('picamera'));"
        "print([m for m in ('cv2', 'numpy', 'zxingcpp', 'PIL') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_room_has_no_other_names() -> None:
    import firmware.scanner

    with pytest.raises(AttributeError, match="no_such_name"):
        firmware.scanner.no_such_name  # noqa: B018
