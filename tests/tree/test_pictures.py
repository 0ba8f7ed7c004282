"""The pictures of the documentation are what the product draws now."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tools.draw_pictures import pictures, stale


def test_the_pictures_of_the_documents_are_the_products_own_screens() -> None:
    assert stale() == [], "draw them again: make screens"


def test_a_stale_picture_is_noticed(tmp_path: Path) -> None:
    for name, picture in pictures().items():
        picture.save(tmp_path / name)
    assert stale(tmp_path) == []
    name = next(iter(pictures()))
    Image.new("RGB", (8, 8)).save(tmp_path / name)
    assert stale(tmp_path) == [name]
