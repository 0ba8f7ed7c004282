"""A register beside the trust list: believed when its content has the signed hash; otherwise the whole folder is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.model import Moment
from firmware.sync.store import TrustError, load_trust
from firmware.verify.trust import TrustView
from firmware.verify.wire import REGISTER_TYPE, Claim, RegisterField
from tests.register.common import write
from tests.sync.bundles import ENVIRONMENT, write_anchors, write_bundle
from tests.world import DAY, NOW, World, dumps, sign1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle without status lists, and a register that marks [11, 5]."""
    world = World()
    write_bundle(tmp_path, world, lists=())
    write_anchors(tmp_path / "anchors")
    content = write(tmp_path / "register.bin", {(11, 5): 2}, {11: 64})
    size = (tmp_path / "register.bin").stat().st_size
    body = {
        RegisterField.SERIAL: 1,
        RegisterField.CONTENT: content,
        RegisterField.SIZE: size,
        RegisterField.SNAPSHOT: [content, size],
        RegisterField.DELTAS: [],
    }
    claims = {Claim.IAT: NOW - 60, Claim.EXP: NOW + DAY, Claim.REGISTER: body}
    key = world.lister
    (tmp_path / "register.cwt").write_bytes(sign1(key, {1: key.alg, 4: key.kid, 16: REGISTER_TYPE}, dumps(claims)))
    return tmp_path


def load(folder: Path) -> TrustView:
    return load_trust(folder, folder / "anchors", ENVIRONMENT)


def test_register_beside_the_trust_list_answers(folder: Path) -> None:
    entries = load(folder).status_list(11, Moment.exactly(NOW))
    assert entries is not None
    assert [entries.state(index) for index in (4, 5, 63, 64)] == [0, 2, 0, None]


def test_folder_without_a_register_has_none(folder: Path) -> None:
    (folder / "register.cwt").unlink()
    assert load(folder).register is None


def test_register_that_is_missing_refuses_the_folder(folder: Path) -> None:
    (folder / "register.bin").unlink()
    with pytest.raises(TrustError, match=r"register\.bin"):
        load(folder)


@pytest.mark.parametrize("change", ["flip", "cut", "other"])
def test_register_that_is_not_the_signed_one_refuses_the_folder(folder: Path, change: str) -> None:
    path = folder / "register.bin"
    whole = path.read_bytes()
    if change == "other":
        write(path, {(11, 6): 2}, {11: 64})
    else:
        path.write_bytes(whole[:-1] if change == "cut" else whole[:-1] + bytes((whole[-1] ^ 1,)))
    with pytest.raises(TrustError, match="not the register"):
        load(folder)


def test_token_with_a_flipped_bit_refuses_the_folder(folder: Path) -> None:
    data = bytearray((folder / "register.cwt").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "register.cwt").write_bytes(data)
    with pytest.raises(TrustError):
        load(folder)
