from __future__ import annotations

import stat
from pathlib import Path

import pytest

from firmware.verify.algorithms import ALGORITHMS as DEVICE_ALGORITHMS
from firmware.verify.wire import Alg
from issuer.errors import Exit, OfficeError
from issuer.keys import ALGORITHMS, KeyStore, SigningKey, default_state_folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_the_device_verifies_a_signature_of_every_algorithm(alg: Alg) -> None:
    key = SigningKey.generate("k", alg)
    DEVICE_ALGORITHMS[alg].load(key.public)(key.sign(b"data"), b"data")


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_the_private_half_is_never_printed(alg: Alg) -> None:
    key = SigningKey.generate("k", alg)
    assert key.private.hex() not in repr(key)
    assert repr(key.private) not in repr(key)


def test_a_number_outside_the_curve_is_drawn_again() -> None:
    draws = [bytes(32), b"\xff" * 32, b"\x01" * 32]
    assert SigningKey.generate("k", Alg.ES256, lambda _size: draws.pop(0)).private == b"\x01" * 32


def test_key_files_and_their_folders_are_readable_by_the_owner_alone(state: Path) -> None:
    store = KeyStore(state)
    store.get("beijing", Alg.ES256)
    assert [mode(path) for path in store.folder.iterdir()] == [0o600]
    assert [mode(folder) for folder in (store.folder, store.folder.parent, state)] == [0o700] * 3


def test_a_folder_that_the_user_chose_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    KeyStore(tmp_path).get("beijing", Alg.ES256)
    assert mode(tmp_path) == 0o755
    assert mode(tmp_path / "keys") == 0o700


def test_a_key_comes_back_as_it_was_made(state: Path) -> None:
    made = KeyStore(state).get("gd", Alg.SM2_SM3)
    assert KeyStore(state).get("gd", Alg.SM2_SM3) == made
    assert KeyStore(state).all() == (made,)


@pytest.mark.parametrize("bits", [0o040, 0o004, 0o020])
def test_a_key_that_others_can_read_or_change_is_refused_with_the_remedy(state: Path, bits: int) -> None:
    store = KeyStore(state)
    store.get("beijing", Alg.ES256)
    path = store.folder / "beijing.key"
    path.chmod(0o600 | bits)
    with pytest.raises(OfficeError, match="chmod 600") as caught:
        store.get("beijing", Alg.ES256)
    assert caught.value.exit_code is Exit.NO_PERMISSION


def test_a_folder_that_others_can_enter_is_refused(state: Path) -> None:
    store = KeyStore(state)
    store.get("beijing", Alg.ES256)
    store.folder.chmod(0o750)
    with pytest.raises(OfficeError) as caught:
        store.all()
    assert caught.value.exit_code is Exit.NO_PERMISSION


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('environment = "demo"', 'environment = "production"'),
        ('private = "', 'private = "00'),
        ('alg = "ES256"', 'alg = "RS256"'),
        ("private", "public"),
        ('name = "', "name = "),
    ],
)
def test_a_file_that_is_no_demo_key_is_refused_without_showing_it(state: Path, old: str, new: str) -> None:
    store = KeyStore(state)
    key = store.get("beijing", Alg.ES256)
    path = store.folder / "beijing.key"
    path.write_text(path.read_text().replace(old, new))
    path.chmod(0o600)
    with pytest.raises(OfficeError) as caught:
        store.get("beijing", Alg.ES256)
    assert caught.value.exit_code is Exit.BAD_DATA
    assert key.private.hex() not in str(caught.value)


def test_a_key_of_another_algorithm_under_the_name_is_refused(state: Path) -> None:
    KeyStore(state).get("beijing", Alg.ES256)
    with pytest.raises(OfficeError, match="expected Ed25519"):
        KeyStore(state).get("beijing", Alg.ED25519)


def test_a_state_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OfficeError) as caught:
        KeyStore(tmp_path / "file").get("beijing", Alg.ES256)
    assert caught.value.exit_code is Exit.CANNOT_CREATE


def test_the_state_folder_follows_the_variable_only_when_it_is_absolute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_state_folder() == tmp_path / "yanma-issuer"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for value in ("", "relative/state"):
        monkeypatch.setenv("XDG_STATE_HOME", value)
        assert default_state_folder() == tmp_path / "home" / ".local" / "state" / "yanma-issuer"
