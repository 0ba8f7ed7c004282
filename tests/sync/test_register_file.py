"""A register beside the trust list: believed when its content has the signed hash; otherwise the whole folder is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.events import TrustLoaded, TrustRefused
from firmware.model import Moment
from firmware.sync.store import TrustError, load_trust
from firmware.verify.trust import TrustView
from firmware.verify.wire import REGISTER_TYPE, Claim, RegisterField
from firmware.watch import TrustWatch
from tests.register.common import write
from tests.sync.bundles import ENVIRONMENT, write_anchors, write_bundle
from tests.world import DAY, NOW, World, dumps, sign1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle without status lists, and register 5, which marks [11, 5]."""
    write_bundle(tmp_path, World(), lists=())
    write_anchors(tmp_path / "anchors")
    put(tmp_path, 5)
    return tmp_path


def put(folder: Path, serial: int, *, made: int = NOW - 60, lasts: int = DAY) -> None:
    content = write(folder / "register.bin", {(11, 5): 2}, {11: 64})
    size = (folder / "register.bin").stat().st_size
    body = {
        RegisterField.SERIAL: serial,
        RegisterField.CONTENT: content,
        RegisterField.SIZE: size,
        RegisterField.SNAPSHOT: [content, size],
        RegisterField.DELTAS: [],
    }
    claims = {Claim.IAT: made, Claim.EXP: made + lasts, Claim.REGISTER: body}
    key = World().lister
    (folder / "register.cwt").write_bytes(sign1(key, {1: key.alg, 4: key.kid, 16: REGISTER_TYPE}, dumps(claims)))


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


@pytest.fixture
def watch(folder: Path) -> TrustWatch:
    """A running terminal with register 5 in force."""
    watch = TrustWatch(folder, lambda _floor: load(folder), poll_s=0.0)
    assert isinstance(watch.poll(0.0), TrustLoaded)
    return watch


def test_newer_register_comes_into_force_in_a_running_terminal(watch: TrustWatch, folder: Path) -> None:
    put(folder, 6, made=NOW - 50)
    assert isinstance(watch.poll(1.0), TrustLoaded)


def test_rolled_back_serial_is_refused_by_a_running_terminal(watch: TrustWatch, folder: Path) -> None:
    put(folder, 4, made=NOW - 70)
    refused = watch.poll(1.0)
    assert isinstance(refused, TrustRefused)
    assert "register 4 is older than 5" in refused.what
    assert watch.view is not None
    assert watch.view.register is not None
    assert watch.view.register.token.serial == 5


def test_register_that_is_left_out_while_it_serves_is_refused(watch: TrustWatch, folder: Path) -> None:
    """Taken away today, it could be brought back tomorrow in its oldest state."""
    (folder / "register.cwt").unlink()
    assert isinstance(watch.poll(1.0), TrustRefused)


def test_register_that_has_ended_may_be_left_out(folder: Path) -> None:
    put(folder, 5, made=NOW - 9000, lasts=60)
    watch = TrustWatch(folder, lambda _floor: load(folder), poll_s=0.0)
    watch.poll(0.0)
    (folder / "register.cwt").unlink()
    assert isinstance(watch.poll(1.0), TrustLoaded)
