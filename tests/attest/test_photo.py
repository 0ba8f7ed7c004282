"""Sealed photographs from the camera's process to the insurer: no picture on the disk, and none that this device can open."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from firmware.attest.attestor import Attestor
from firmware.attest.facts import receipt_body, sealed_photo
from firmware.attest.maker import ReceiptMaker
from firmware.clock import FixedClock
from firmware.config import ConfigError, Flag, load_config
from firmware.ledger.device import open_device_key
from firmware.ledger.receipts.folder import verify_folder, writing
from firmware.ledger.writer import LedgerWriter
from firmware.model import Moment, ScannerEvent
from firmware.photo_seal import BINDING_BYTES, MAGIC, PhotoSealError, seal, unseal
from firmware.profiles import load_profile
from firmware.receipt_fitting import read_photo_key
from firmware.refusal import ExitCode
from firmware.remember import RememberingVerifier
from firmware.scanner import read_codes
from firmware.scanner.source import SourceKind, SourceSpec
from firmware.scanner.supervisor import Scanner
from firmware.state import Settings
from tests.attest.cases import case_of
from tests.cli.conftest import Answer, yanma
from tests.ledger.receipts.common import KEY, plain_page
from tests.test_app import Rig
from tests.world import MARK, NOW, World, text

__all__ = ["yanma"]

INSURER = X25519PrivateKey.generate()
PUBLIC = INSURER.public_key().public_bytes_raw()
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF a picture\xff\xd9"
#: What a plaintext picture begins with: JPEG as OpenCV writes it, PNG, WebP.
MARKERS = (b"\xff\xd8\xff\xe0\x00\x10JFIF", b"\x89PNG\r\n\x1a\n", b"WEBPVP8")
Yanma = Callable[..., Answer]


def pem(key: object, *, private: bool = False) -> bytes:
    if private:
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[attr-defined]
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]


class WatchedEyes(Scanner):
    """A scanner that asks the terminal to stop when enough receipts are made, or when it took too long."""

    enough: Callable[[], bool]
    stop: threading.Event
    ends_s: float

    def events(self, timeout_s: float) -> list[ScannerEvent]:
        if self.enough() or time.monotonic() > self.ends_s:
            self.stop.set()
        return super().events(timeout_s)


@pytest.mark.slow
def test_no_plaintext_image_is_on_the_disk_and_the_sealed_one_shows_the_same_code(tmp_path: Path) -> None:
    """The real child over pictures of two codes; every file of the data folder is searched."""
    world, data, pictures = World(), tmp_path / "data", tmp_path / "pictures"
    pictures.mkdir()
    codes = [text(world.credential(MARK)), text(world.credential(MARK, key=world.holder))]
    for number, code in enumerate(codes):
        segno.make(code, error="m").save(str(pictures / f"{number}.png"), scale=4, border=6)
    ledger = data / "ledger"
    maker = ReceiptMaker(ledger / "receipts", lambda: open_device_key(ledger), min_free_bytes=0)
    eyes = WatchedEyes(SourceSpec(SourceKind.FOLDER, str(pictures), fps=2.0, loop=True), photo_key=PUBLIC)
    eyes.enough, eyes.ends_s = lambda: maker.counts().made >= 2, time.monotonic() + 90
    rig = Rig(
        tmp_path / "trust",
        eyes=eyes,
        clock=FixedClock(Moment.exactly(float(NOW))),
        verify=RememberingVerifier("1"),
        recorder=LedgerWriter.in_folder(ledger, 30),
        receipts=Attestor(maker, eyes),
        settings=replace(Settings(load_profile("insurer")), receipts=True, give_up_s=60.0),
    )
    eyes.stop = rig.stop
    assert rig.run() is ExitCode.OK
    receipts = verify_folder(ledger / "receipts", open_device_key(ledger).note_key)
    assert len(receipts) >= 2
    for receipt, code in zip(receipts, codes, strict=False):
        assert receipt.body["photo"]["state"] == "sealed", maker.counts()
        sealed = (ledger / "receipts" / f"{receipt.stem}.photo").read_bytes()
        jpeg = unseal(sealed, INSURER, bytes.fromhex(receipt.body["photo"]["binding"]))
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        assert [found.payload for found in read_codes(picture)] == [code]
    left = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert len(left) > 6
    rows = [row for number in range(2) for row in luma_of(pictures / f"{number}.png")]
    assert len(rows) > 100
    private = INSURER.private_bytes_raw()
    for path, content in left.items():
        assert not [marker for marker in MARKERS if marker in content], path.name
        assert not any(row in content for row in rows), path.name
        assert private not in content


def luma_of(path: Path) -> list[bytes]:
    """The rows of a picture as they lie in a frame, but those of one light alone."""
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return [row.tobytes() for row in picture if row.std() > 0]


def sealed_case(folder: Path, count: int = 2) -> list[Path]:
    """Receipts with photographs, as the terminal writes them."""
    with writing(folder, KEY, plain_page) as opened:
        for number in range(count):
            binding = bytes([number]) * BINDING_BYTES
            sealed = seal(JPEG, PUBLIC, binding)
            opened.add(receipt_body(case_of(), KEY, sealed_photo(sealed, binding)), sealed)
    return sorted(folder.glob("*.photo"))


def keys_in(folder: Path) -> tuple[Path, Path]:
    private, stranger = folder / "private.pem", folder / "stranger.pem"
    private.write_bytes(pem(INSURER, private=True))
    stranger.write_bytes(pem(X25519PrivateKey.generate(), private=True))
    return private, stranger


def test_the_insurer_opens_them_with_the_private_key(yanma: Yanma, tmp_path: Path) -> None:
    photos, (private, _) = sealed_case(tmp_path / "receipts"), keys_in(tmp_path)
    words = ("ledger", "open-photo", *photos, "--key", private, "--to", tmp_path / "pictures", "--json")
    answer = yanma(*words)
    assert (answer.code, len(answer.objects)) == (ExitCode.OK, 2)
    for found in answer.objects:
        assert Path(found["picture"]).read_bytes() == JPEG
        assert Path(found["picture"]).stat().st_mode & 0o077 == 0
    assert yanma(*words).code == ExitCode.IO, "a picture that is there is not replaced"


def test_another_recipient_is_refused_in_words(yanma: Yanma, tmp_path: Path) -> None:
    photos, (_, stranger) = sealed_case(tmp_path / "receipts"), keys_in(tmp_path)
    answer = yanma("ledger", "open-photo", photos[0], "--key", stranger, "--to", tmp_path / "pictures")
    assert (answer.code, "sealed to another key" in answer.err) == (ExitCode.DATA, True)
    assert not (tmp_path / "pictures").exists()


def test_a_photo_moved_to_another_receipt_is_refused(yanma: Yanma, tmp_path: Path) -> None:
    (first, second), (private, _) = sealed_case(tmp_path / "receipts"), keys_in(tmp_path)
    shutil.copy(first, second)
    assert yanma("ledger", "verify", tmp_path / "receipts").code == ExitCode.DATA
    answer = yanma("ledger", "open-photo", second, "--key", private, "--to", tmp_path / "pictures")
    assert (answer.code, "not the photograph" in answer.err) == (ExitCode.DATA, True)
    with pytest.raises(PhotoSealError):  # and the seal alone would not open for the other receipt
        unseal(first.read_bytes(), INSURER, bytes([1]) * BINDING_BYTES)


def test_every_changed_byte_of_a_photo_is_found(yanma: Yanma, tmp_path: Path) -> None:
    [photo] = sealed_case(tmp_path / "receipts", 1)
    good = photo.read_bytes()
    for place in range(len(good)):
        changed = good[:place] + bytes((good[place] ^ 1,)) + good[place + 1 :]
        with pytest.raises(PhotoSealError):
            unseal(changed, INSURER, bytes(BINDING_BYTES))
    photo.write_bytes(good[:-1] + bytes((good[-1] ^ 1,)))
    assert yanma("ledger", "verify", tmp_path / "receipts").code == ExitCode.DATA


@pytest.mark.parametrize("cut", [0, 1, len(MAGIC), len(MAGIC) + 31, len(MAGIC) + 32, len(MAGIC) + 47])
def test_a_photo_cut_short_never_opens(cut: int) -> None:
    with pytest.raises(PhotoSealError):
        unseal(seal(JPEG, PUBLIC, bytes(BINDING_BYTES))[:cut], INSURER, bytes(BINDING_BYTES))


def test_a_photo_removed_or_added_is_found(yanma: Yanma, tmp_path: Path) -> None:
    photos = sealed_case(tmp_path / "receipts")
    good = photos[0].read_bytes()
    photos[0].unlink()
    assert "is missing" in yanma("ledger", "verify", tmp_path / "receipts").err
    photos[0].write_bytes(good)
    assert yanma("ledger", "verify", tmp_path / "receipts").code == ExitCode.OK
    (tmp_path / "receipts" / "000001-00000000.photo").write_bytes(good)
    assert "of no receipt here" in yanma("ledger", "verify", tmp_path / "receipts").err


def test_photos_are_copied_sealed_with_their_receipts_and_forgotten_with_them(yanma: Yanma, tmp_path: Path) -> None:
    sealed_case(tmp_path / "ledger" / "receipts", 3)
    words = ("ledger", "receipts", "--to", tmp_path / "stick", "--forget", "--ledger", tmp_path / "ledger", "--json")
    [said] = yanma(*words).objects
    copied = sorted(Path(said["folder"]).glob("*.photo"))
    assert len(copied) == 3
    assert all(path.read_bytes().startswith(MAGIC) for path in copied)
    assert len(list((tmp_path / "ledger" / "receipts").glob("*.photo"))) == 1


def configured(tmp_path: Path, **settings: str):
    flags = [Flag(f"receipts.{name}", word, "test") for name, word in settings.items()]
    return load_config(etc=tmp_path, flags=flags).config


def test_the_terminal_takes_the_insurers_public_key(tmp_path: Path) -> None:
    (tmp_path / "insurer.pem").write_bytes(pem(INSURER))
    config = configured(tmp_path, made="true", photo_key=str(tmp_path / "insurer.pem"))
    assert read_photo_key(config) == PUBLIC
    assert read_photo_key(configured(tmp_path, made="true")) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"", "no public key in PEM"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "no public key in PEM"),
        (pem(INSURER, private=True), "must never be on a terminal"),
        (pem(Ed25519PrivateKey.generate()), "another kind than X25519"),
    ],
    ids=["absent", "empty", "broken", "the private half", "another kind of key"],
)
def test_a_key_file_that_is_none_is_a_wrong_configuration_told_at_the_start(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "insurer.pem").write_bytes(content)
    config = configured(tmp_path, made="true", photo_key=str(tmp_path / "insurer.pem"))
    with pytest.raises(ConfigError, match=said):
        read_photo_key(config)


def test_photographs_without_receipts_are_a_wrong_configuration(tmp_path: Path) -> None:
    (tmp_path / "insurer.pem").write_bytes(pem(INSURER))
    with pytest.raises(ConfigError, match=r"receipts\.made"):
        read_photo_key(configured(tmp_path, photo_key=str(tmp_path / "insurer.pem")))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")
def test_the_keys_that_the_documentation_makes_fit(tmp_path: Path) -> None:
    private, public = tmp_path / "private.pem", tmp_path / "insurer.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "X25519", "-out", private], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, capture_output=True)
    found = read_photo_key(configured(tmp_path, made="true", photo_key=str(public)))
    assert found is not None
    from firmware.photo_seal import read_private_key

    assert unseal(seal(JPEG, found, bytes(32)), read_private_key(private.read_bytes()), bytes(32)) == JPEG
