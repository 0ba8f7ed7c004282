"""The baked fonts: complete, small, quick to load, never stale against the words."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest
from PIL import Image

from firmware.display import fonts
from firmware.display.fonts.atlas import AtlasError, dump, load
from tools import bake_fonts

FOLDER = Path(fonts.__file__).parent


def test_both_reading_sizes_hold_all_of_gb2312_and_ascii() -> None:
    needed = bake_fonts.gb2312() | {chr(point) for point in range(0x20, 0x7F)}
    assert len(bake_fonts.gb2312()) == 7445
    assert {c for c in needed if c not in fonts.detail()} == set()
    assert {c for c in needed if c not in fonts.small()} == set()


def test_the_larger_reading_size_holds_the_whole_cjk_block() -> None:
    assert all(chr(point) in fonts.detail() for point in range(0x4E00, 0x9FA6))


def test_the_headline_fonts_hold_exactly_the_characters_that_headlines_need() -> None:
    assert bake_fonts.stale() == []


def test_no_glyph_of_a_headline_is_empty_or_cut_at_the_right() -> None:
    for size in fonts.HEADLINE_SIZES:
        atlas = fonts.headline(size)
        for point in atlas.code_points:
            glyph = atlas.glyph(chr(point))
            assert glyph is not None
            assert glyph.ink_right <= size
            assert glyph.ink_right > 0 or chr(point) == " "


def test_the_atlases_are_small_and_load_quickly() -> None:
    files = sorted(FOLDER.glob("*.atlas"))
    assert sum(file.stat().st_size for file in files) <= 1_500_000
    began = time.perf_counter()
    for file in files:
        load(file)
    assert time.perf_counter() - began < 0.5  # about 2 ms; the rest is for a busy machine


def test_the_licences_lie_beside_the_fonts() -> None:
    text = (FOLDER / "OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in text
    assert "OFL.txt" in (FOLDER / "README.md").read_text("utf-8")


def test_an_atlas_gives_back_what_was_put_in(tmp_path: Path) -> None:
    cell = Image.new("1", (5, 3))
    cell.putpixel((4, 2), 255)
    (tmp_path / "a.atlas").write_bytes(dump(5, 3, {"中": (4, cell), "A": (5, Image.new("1", (5, 3)))}))
    atlas = load(tmp_path / "a.atlas")
    glyph = atlas.glyph("中")
    assert glyph is not None
    assert (glyph.advance, glyph.ink_right, glyph.cell.tobytes()) == (4, 5, cell.tobytes())
    assert "A" in atlas
    assert "B" not in atlas
    assert "\U0001f600" not in atlas


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"YMF1",
        b"NOPE" + bytes(8),
        struct.pack("<4sBBHI", b"YMF1", 12, 12, 0, 2) + bytes(21),
        b"YMF1" + b"\xff" * 8,
    ],
    ids=["empty", "header-cut", "other-magic", "glyph-missing", "count-lies"],
)
def test_a_file_that_does_not_add_up_is_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.atlas").write_bytes(raw)
    with pytest.raises(AtlasError):
        load(tmp_path / "a.atlas")
