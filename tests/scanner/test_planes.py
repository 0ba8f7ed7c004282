"""Codes in colour: in pictures of files, in a still source and in front of a camera."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from firmware.model import Scan
from firmware.scanner import CODE_128, QR, SourceSpec, read_codes, read_coloured, read_picture, read_picture_codes
from firmware.scanner.folder import open_folder
from firmware.scanner.opencv import frame_of
from firmware.scanner.planes import gray_of, is_coloured
from firmware.scanner.reader import Reader
from firmware.scanner.source import SourceKind
from tests.scanner.conftest import draw_qr

TEXT = "JZ1:COLOURED"
WHITE, BLACK, RED, GREEN = (255, 255, 255), (0, 0, 0), (40, 40, 190), (70, 150, 30)
INKS_AND_PAPERS = {
    "red on white": (RED, WHITE),
    "black on green": (BLACK, GREEN),
    "black on red": (BLACK, RED),
    "white on black": (WHITE, BLACK),
}
#: Two colours whose grey is the same: the code is not there in grey.
SAME_GREY = ((0, 0, 200), (0, 102, 0))


def coloured(ink: tuple[int, int, int], paper: tuple[int, int, int]) -> np.ndarray:
    """A code in these colours (BGR), with a camera's blur and noise."""
    light = draw_qr(TEXT, scale=3, frame=(240, 320))[:, :, None] / 255.0
    clean = light * np.array(paper) + (1 - light) * np.array(ink)
    noise = np.random.default_rng(5).normal(0, 6, clean.shape)
    return np.clip(cv2.GaussianBlur(clean, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("colours", INKS_AND_PAPERS.values(), ids=INKS_AND_PAPERS)
def test_a_file_with_a_code_in_colour_is_read(tmp_path: Path, colours: tuple) -> None:
    cv2.imwrite(str(tmp_path / "code.png"), coloured(*colours))
    ((_, picture),) = read_coloured(tmp_path / "code.png")
    _, codes = read_picture_codes(picture, formats=(QR, CODE_128))
    assert [code.payload for code in codes] == [TEXT.encode()]


def test_a_code_whose_colours_have_one_grey_is_read_in_a_plane(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "code.png"), coloured(*SAME_GREY))
    ((_, gray),) = read_picture(tmp_path / "code.png")
    assert read_codes(gray, effort="full") == []
    shown, (code,) = read_picture_codes(read_coloured(tmp_path / "code.png")[0][1])
    assert (code.payload, code.stage.split()[0]) == (TEXT.encode(), "green")
    assert [again.payload for again in read_codes(shown)] == [TEXT.encode()]


@pytest.mark.parametrize("colours", [*INKS_AND_PAPERS.values(), SAME_GREY], ids=[*INKS_AND_PAPERS, "same grey"])
def test_a_camera_reads_a_code_in_colour_when_its_turn_comes(colours: tuple) -> None:
    reader, picture = Reader(), coloured(*colours)
    told = [event for seq in range(22) for event in reader.read(frame_of(picture, seq))]
    assert {event.payload for event in told if isinstance(event, Scan)} == {TEXT.encode()}


def test_a_folder_hands_its_colours_on_and_its_reader_uses_them(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "code.png"), coloured(*SAME_GREY))
    with open_folder(SourceSpec(SourceKind.FOLDER, str(tmp_path), fps=50.0)) as source:
        frame = source.read(1.0)
    assert frame is not None
    scans = [event for event in Reader(still=True).read(frame) if isinstance(event, Scan)]
    assert [(scan.payload, scan.reads) for scan in scans] == [(TEXT.encode(), 2)]


def test_a_pdf_keeps_its_colours(tmp_path: Path) -> None:
    Image.fromarray(coloured(*SAME_GREY)[:, :, ::-1]).save(tmp_path / "code.pdf", resolution=72)
    ((_, picture),) = read_coloured(tmp_path / "code.pdf")
    assert [code.payload for code in read_picture_codes(picture)[1]] == [TEXT.encode()]


def test_a_picture_without_colour_is_kept_as_grey(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "code.jpg"), cv2.cvtColor(draw_qr(TEXT), cv2.COLOR_GRAY2BGR))
    ((_, picture),) = read_coloured(tmp_path / "code.jpg")
    assert picture.ndim == 2
    assert not is_coloured(picture)


def test_an_array_with_alpha_has_planes_too() -> None:
    picture = cv2.cvtColor(coloured(*SAME_GREY), cv2.COLOR_BGR2BGRA)
    assert is_coloured(picture)
    assert gray_of(picture).shape == picture.shape[:2]
    assert [code.payload for code in read_picture_codes(read_coloured(picture)[0][1])[1]] == [TEXT.encode()]
