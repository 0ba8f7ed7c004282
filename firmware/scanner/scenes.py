"""A story of scenes for the simulated camera: DIR/scenes.json -> Scene, strictly read. Demonstration and tests only.

{"version": 1, "scenes": [{"picture": "codes/x.png", "carrier": "phone", "seconds": 6, "caption": "...", "say": "..."}]}
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from firmware.scanner.source import SourceError

FILE_NAME: Final = "scenes.json"
VERSION: Final = 1
MAX_FILE_BYTES: Final = 256 * 1024
MAX_SCENES: Final = 200
SECONDS: Final = (2.0, 120.0)
MAX_TEXT: Final = 200
_NEEDED: Final = {"picture", "carrier", "seconds"}
_ALLOWED: Final = _NEEDED | {"caption", "say"}


class Carrier(StrEnum):
    PHONE = "phone"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Scene:
    """A code on a carrier, brought into view, held and taken away within `seconds`."""

    picture: Path
    carrier: Carrier
    seconds: float
    caption: str = ""
    say: str = ""


def read_story(folder: Path) -> tuple[Scene, ...]:
    """The scenes of a folder, in order. Raises SourceError that names the scene and what it should be."""
    path = folder / FILE_NAME
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        story = json.loads(content)
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read ({error.strerror})", "make the scenes first, or check the path"
        ) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path} is not JSON ({error})", "make the scenes again") from error
    if len(content) > MAX_FILE_BYTES:
        raise _wrong(path, f"is larger than {MAX_FILE_BYTES // 1024} KB")
    if not isinstance(story, dict) or set(story) != {"version", "scenes"}:
        raise _wrong(path, 'is not {"version": 1, "scenes": [...]}')
    if story["version"] != VERSION:
        raise _wrong(path, f"has version {story['version']!r}, not {VERSION}")
    scenes = story["scenes"]
    if not isinstance(scenes, list) or not 1 <= len(scenes) <= MAX_SCENES:
        raise _wrong(path, f"does not have 1 to {MAX_SCENES} scenes")
    return tuple(_scene(path, number, scene) for number, scene in enumerate(scenes, start=1))


def _scene(path: Path, number: int, scene: Any) -> Scene:
    where = f"scene {number}"
    if not isinstance(scene, dict) or not set(scene) >= _NEEDED or not set(scene) <= _ALLOWED:
        raise _wrong(path, f"{where} needs {sorted(_NEEDED)} and may have {sorted(_ALLOWED - _NEEDED)}")
    texts = {key: scene.get(key, "") for key in ("picture", "carrier", "caption", "say")}
    if not all(isinstance(text, str) and len(text) <= MAX_TEXT for text in texts.values()):
        raise _wrong(path, f"{where} has a text that is none, or longer than {MAX_TEXT} characters")
    if texts["carrier"] not in set(Carrier):
        raise _wrong(path, f"{where} has the carrier {texts['carrier']!r}, not one of {[str(c) for c in Carrier]}")
    seconds = scene["seconds"]
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not SECONDS[0] <= seconds <= SECONDS[1]:
        raise _wrong(path, f"{where} does not last {SECONDS[0]:g} to {SECONDS[1]:g} seconds")
    relative = Path(texts["picture"])
    if relative.is_absolute() or ".." in relative.parts:
        raise _wrong(path, f"{where} has a picture outside the folder")
    return Scene(path.parent / relative, Carrier(texts["carrier"]), float(seconds), texts["caption"], texts["say"])


def _wrong(path: Path, what: str) -> SourceError:
    return SourceError(f"{path} {what}", "correct the file, or make the scenes again")
