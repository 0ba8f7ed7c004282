"""The trust folder on a disk that nobody vouches for."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.sync.store import TrustError, load_trust
from tests.world import World


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_trust(World(), tmp_path)
    return tmp_path


def write_trust(world: World, folder: Path) -> None:
    (folder / "status").mkdir()
    (folder / "anchors").mkdir()
    (folder / "trust.cwt").write_bytes(world.trust_cwt())
    (folder / "rules.cwt").write_bytes(world.rules_cwt())
    (folder / "status" / "11.cwt").write_bytes(world.status_cwt())
    anchor = world.anchors()[0]
    (folder / "anchors" / "root.toml").write_text(
        f'environment = "{anchor.environment}"\nname = "root"\nalg = "ES256"\nkid = "{anchor.kid.hex()}"\n'
        f'public = "{anchor.public.hex()}"\nuses = ["trust", "rules"]\n'
    )


def test_folder_of_a_healthy_world_loads(folder: Path) -> None:
    view = load_trust(folder, folder / "anchors", "demo")
    assert view.environment == "demo"
    assert set(view.status) == {11}


@pytest.mark.parametrize("name", ["trust.cwt", "rules.cwt"])
def test_missing_file_is_named_with_a_next_step(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(TrustError, match=name) as caught:
        load_trust(folder, folder / "anchors", "demo")
    assert caught.value.next_step


@pytest.mark.parametrize("name", ["trust.cwt", "rules.cwt", "status/11.cwt"])
def test_one_flipped_bit_anywhere_refuses_the_folder(folder: Path, name: str) -> None:
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 4
    (folder / name).write_bytes(data)
    with pytest.raises(TrustError):
        load_trust(folder, folder / "anchors", "demo")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a = 1", b'environment = "demo"', b"[[", b"x" * 20000])
def test_anchor_file_off_its_form_is_refused(folder: Path, content: bytes) -> None:
    (folder / "anchors" / "root.toml").write_bytes(content)
    with pytest.raises(TrustError):
        load_trust(folder, folder / "anchors", "demo")


def test_demo_anchor_never_serves_production_and_the_reverse(folder: Path) -> None:
    with pytest.raises(TrustError, match="never mix"):
        load_trust(folder, folder / "anchors", "production")
    text = (folder / "anchors" / "root.toml").read_text()
    (folder / "anchors" / "root.toml").write_text(text.replace('"demo"', '"production"'))
    with pytest.raises(TrustError, match="never mix"):
        load_trust(folder, folder / "anchors", "demo")


def test_folders_that_are_not_there_are_named(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(TrustError, match="no trust folder"):
        load_trust(tmp_path / "nowhere", folder / "anchors", "demo")
    with pytest.raises(TrustError, match="no anchors"):
        load_trust(folder, tmp_path / "nowhere", "demo")
