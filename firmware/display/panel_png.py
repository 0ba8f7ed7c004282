"""A display made of files: the latest picture under one name, and every picture numbered beside it if asked for."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from firmware.display.panel import Panel


class PngPanel(Panel):
    """Writes each picture whole or not at all: a reader of `path` never sees half a file. Numbered ones are path-000001.png."""

    def __init__(self, path: Path, *, numbered: bool = False) -> None:
        super().__init__()
        self._path = path
        self._numbered = numbered
        self._count = 0

    def _show(self, image: Image.Image) -> None:
        if self._numbered:
            self._count += 1
            self._write(image, self._path.with_name(f"{self._path.stem}-{self._count:06d}.png"))
        self._write(image, self._path)

    @staticmethod
    def _write(image: Image.Image, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        # No fsync: after a power cut the screen is dark anyway.
        image.save(part, format="PNG")
        part.replace(path)
