from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware.scanner import SourceError
from firmware.scanner.scenes import MAX_SCENES, Carrier, read_story

GOOD = {"picture": "codes/a.png", "carrier": "phone", "seconds": 6, "caption": "一", "say": "有效"}


def told(folder: Path, scenes: Any, version: Any = 1) -> Path:
    (folder / "scenes.json").write_text(json.dumps({"version": version, "scenes": scenes}))
    return folder


def test_a_story_is_read_in_order(tmp_path: Path) -> None:
    first, second = read_story(told(tmp_path, [GOOD, {"picture": "b.png", "carrier": "paper", "seconds": 2.5}]))
    assert (first.picture, first.carrier, first.seconds) == (tmp_path / "codes/a.png", Carrier.PHONE, 6.0)
    assert (first.caption, first.say) == ("一", "有效")
    assert (second.carrier, second.seconds, second.caption, second.say) == (Carrier.PAPER, 2.5, "", "")


WRONG: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no scenes": lambda scene: [],
    "too many scenes": lambda scene: [scene] * (MAX_SCENES + 1),
    "scenes that are no list": lambda scene: scene,
    "a scene that is no object": lambda scene: [7],
    "a scene without its picture": lambda scene: [{k: v for k, v in scene.items() if k != "picture"}],
    "an unknown key": lambda scene: [scene | {"colour": "red"}],
    "an unknown carrier": lambda scene: [scene | {"carrier": "watch"}],
    "too short a scene": lambda scene: [scene | {"seconds": 1.9}],
    "too long a scene": lambda scene: [scene | {"seconds": 120.1}],
    "a time that is no number": lambda scene: [scene | {"seconds": True}],
    "a caption that is no text": lambda scene: [scene | {"caption": 5}],
    "a caption too long": lambda scene: [scene | {"caption": "字" * 201}],
    "a picture outside the folder": lambda scene: [scene | {"picture": "../secret.png"}],
    "a picture by absolute path": lambda scene: [scene | {"picture": "/etc/hostname"}],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_story_is_refused_with_its_file_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match=r"scenes\.json"):
        read_story(told(tmp_path, WRONG[name](GOOD)))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 1}', "[" * 100_000, " " * 300_000 + "{}"])
def test_a_file_that_is_no_story_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "scenes.json").write_text(content)
    with pytest.raises(SourceError):
        read_story(tmp_path)


def test_another_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="version 2, not 1"):
        read_story(told(tmp_path, [GOOD], version=2))


def test_a_folder_without_a_story_says_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        read_story(tmp_path)
    assert "make the scenes first" in refused.value.next_step
