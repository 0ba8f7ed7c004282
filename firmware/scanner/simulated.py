"""A camera that plays scenes: the stand-in for a Pi's camera in demonstrations and tests, in real time.

The pictures of codes are read again at every scene and whenever they change on disk, so that a live code, which another
process renews, is shown renewed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from firmware.scanner.carriers import Drawing, draw
from firmware.scanner.codes import Gray
from firmware.scanner.picture import PictureError, read_picture
from firmware.scanner.scenes import Carrier, Scene, read_story
from firmware.scanner.source import Frame, FrameSource, SourceError, SourceSpec
from firmware.scanner.stagecraft import Stage

FRAMES_PER_S: Final = 12.0
#: The empty view between two scenes.
PAUSE_S: Final = 0.5


def open_scenes(spec: SourceSpec) -> ScenesSource:
    """Raises SourceError when the folder has no story, or a picture of it is missing."""
    scenes = read_story(Path(spec.location))
    missing = [scene.picture for scene in scenes if not scene.picture.is_file()]
    if missing:
        raise SourceError(f"{missing[0]} is missing, which a scene shows", "make the scenes again")
    return ScenesSource(scenes, spec)


class Film:
    """The frames of a story by time: the same time gives the same frame, as long as the pictures stay the same."""

    def __init__(self, scenes: Sequence[Scene], width: int, height: int, seed: int) -> None:
        self._scenes = tuple(scenes)
        self._seed = seed
        self._stage = Stage(width, height, seed)
        self._props = Props(seed)
        self._begins_s: list[float] = []
        at_s = 0.0
        for scene in self._scenes:
            self._begins_s.append(at_s)
            at_s += scene.seconds + PAUSE_S
        self.seconds = at_s

    def scene_at(self, t_s: float) -> tuple[int, float]:
        """Number of the scene that plays at a time within the film, and the time since it began."""
        number = max(n for n, begins_s in enumerate(self._begins_s) if begins_s <= t_s)
        return number, t_s - self._begins_s[number]

    def frame_at(self, t_s: float) -> tuple[Gray, Scene, int]:
        """The frame at a time within the film, its scene and the scene's number."""
        number, inside_s = self.scene_at(t_s)
        scene = self._scenes[number]
        if inside_s >= scene.seconds:
            return self._stage.empty(scene.carrier, t_s), scene, number
        drawing = self._props.drawing(number, scene)
        return self._stage.shoot(drawing, scene.carrier, inside_s, scene.seconds, self._seed + number), scene, number


class Props:
    """The drawing of the scene that plays, drawn again when its picture changes on disk."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._key: tuple[int, int, int] | None = None
        self._drawing: Drawing | None = None

    def drawing(self, number: int, scene: Scene) -> Drawing:
        try:
            found = scene.picture.stat()
            key = (number, found.st_mtime_ns, found.st_size)
            if key != self._key or self._drawing is None:
                self._drawing = self._draw(scene, number)
                self._key = key
        except (OSError, PictureError) as error:
            # A picture that is being replaced: the one on show stays for this frame.
            if self._drawing is None or self._key is None or self._key[0] != number:
                raise SourceError(f"{scene.picture} cannot be shown ({error})", "make the scenes again") from error
        return self._drawing

    def _draw(self, scene: Scene, number: int) -> Drawing:
        _, code = read_picture(scene.picture)[0]
        return draw(Carrier(scene.carrier), code, self._seed + number)


class ScenesSource(FrameSource):
    """Plays a film in real time, at about 12 frames a second; over again when it loops."""

    def __init__(self, scenes: Sequence[Scene], spec: SourceSpec) -> None:
        self._film = Film(scenes, spec.width, spec.height, spec.seed)
        self._loop = spec.loop
        self._pause_s = 1.0 / (spec.fps or FRAMES_PER_S)
        self._began_s = time.monotonic()
        self._due_s = self._began_s
        self._seq = 0
        self._ended = False

    @property
    def ended(self) -> bool:
        return self._ended

    def read(self, timeout_s: float) -> Frame | None:
        now_s = time.monotonic()
        if self._due_s - now_s > timeout_s:
            time.sleep(timeout_s)
            return None
        time.sleep(max(0.0, self._due_s - now_s))
        now_s = time.monotonic()
        self._due_s = max(self._due_s + self._pause_s, now_s)
        played_s = now_s - self._began_s
        self._ended = self._ended or (not self._loop and played_s >= self._film.seconds)
        if self._ended:
            return None
        gray, scene, number = self._film.frame_at(played_s % self._film.seconds)
        round_number = int(played_s // self._film.seconds)
        tag = f"scene {round_number}.{number + 1}"
        frame = Frame(gray, self._seq, now_s, tag=tag, caption=scene.caption, say=scene.say)
        self._seq += 1
        return frame

    def close(self) -> None:
        self._ended = True
