"""The frame of a read, sealed in the child: the right frame, only when asked, and nothing at all where no key is fitted."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from firmware.photo_seal import BINDING_BYTES, MAGIC, unseal
from firmware.scanner.album import KEEP_S, MAX_SIDE_PX, PLACES, Album
from firmware.scanner.album_line import MAX_ANSWER_BYTES, MAX_SEALED_BYTES, decode_answer
from firmware.scanner.child import Work
from firmware.scanner.codes import Picture
from firmware.scanner.source import Frame, SourceKind, SourceSpec
from firmware.scanner.worker import _album

INSURER = X25519PrivateKey.generate()
PUBLIC = INSURER.public_key().public_bytes_raw()
BINDING = bytes(range(BINDING_BYTES))
Line = tuple[socket.socket, Album]


@pytest.fixture
def line() -> Iterator[Line]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        yield ours, Album(theirs, PUBLIC)


def frame(light: int, colour: Picture | None = None) -> Frame:
    gray = np.full((90, 160), light, np.uint8)
    return Frame(gray, 0, 0.0, colour=colour)


def ask(line: Line, payload: bytes, binding: bytes = BINDING) -> bytes:
    """The picture that is given for it; empty when there is none to be had."""
    ours, album = line
    ours.send(hashlib.sha256(payload).digest() + binding)
    album.answer()
    answer = decode_answer(ours.recv(MAX_ANSWER_BYTES + 1, socket.MSG_DONTWAIT))
    assert answer is not None
    assert answer[0] == binding
    return unseal(answer[1], INSURER, binding) if answer[1] else b""


def light_of(jpeg: bytes) -> int:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return round(float(picture.mean()))


def test_the_frame_of_the_read_is_given_and_not_a_later_one(line: Line) -> None:
    album = line[1]
    album.keep(b"first", frame(40))
    album.keep(b"second", frame(200))
    assert abs(light_of(ask(line, b"first")) - 40) <= 2
    assert abs(light_of(ask(line, b"second")) - 200) <= 2


def test_a_camera_that_uses_its_buffer_again_changes_nothing(line: Line) -> None:
    shown = frame(40)
    line[1].keep(b"x", shown)
    shown.gray[:] = 250
    assert abs(light_of(ask(line, b"x")) - 40) <= 2


def test_a_photograph_is_given_once_and_for_what_was_read_only(line: Line) -> None:
    line[1].keep(b"x", frame(40))
    assert ask(line, b"never read") == b""
    assert ask(line, b"x") != b""
    assert ask(line, b"x") == b""


def test_frames_are_few_and_do_not_stay(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    monkeypatch.setattr("firmware.scanner.album.time.monotonic", lambda: now_s)
    for number in range(PLACES + 3):
        line[1].keep(b"%d" % number, frame(40))
    assert len(line[1]) == PLACES
    now_s += KEEP_S
    line[1].answer()
    assert len(line[1]) == PLACES
    now_s += 0.001
    line[1].answer()
    assert len(line[1]) == 0


def test_nothing_is_sealed_that_nobody_asked_for(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a JPEG was made")

    monkeypatch.setattr("firmware.scanner.album.cv2.imencode", never)
    line[1].keep(b"x", frame(40))
    line[1].answer()
    with pytest.raises(BlockingIOError):
        line[0].recv(10, socket.MSG_DONTWAIT)


def test_without_a_key_no_frame_is_kept_and_no_jpeg_made() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        work = Work(SourceSpec(SourceKind.FOLDER, "x"), 1, ("QRCode",))
        assert _album(work, theirs) is None
        assert _album(Work(work.spec, 1, work.formats, PUBLIC), theirs) is not None


@pytest.mark.parametrize("size", [(720, 1280), (2160, 3840), (4096, 4096)])
def test_the_worst_picture_fits_the_line_and_a_large_one_is_made_smaller(line: Line, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    line[1].keep(b"x", frame(0, noise))
    jpeg = ask(line, b"x")
    assert len(jpeg) < MAX_SEALED_BYTES
    if jpeg:  # of pure noise even the poorest JPEG may be too large: then there is none, and the receipt says so
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert max(picture.shape[:2]) == min(MAX_SIDE_PX, max(size))


def test_a_large_plain_picture_is_given_in_colour_and_smaller(line: Line) -> None:
    colour = np.full((2160, 3840, 3), (200, 30, 30), np.uint8)
    line[1].keep(b"x", frame(0, colour))
    picture = cv2.imdecode(np.frombuffer(ask(line, b"x"), np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.shape == (1080, MAX_SIDE_PX, 3)
    assert picture[500, 500, 0] > 150 > picture[500, 500, 2]


def test_a_parent_that_is_gone_disturbs_nobody(line: Line) -> None:
    line[1].keep(b"x", frame(40))
    line[0].close()
    line[1].answer()
    line[1].linger()


@pytest.mark.parametrize(
    "message",
    [b"", b"x" * 31, bytes(32) + b"\xff\xd8\xff\xe0 a bare JPEG", bytes(32) + MAGIC + bytes(MAX_SEALED_BYTES)],
    ids=["empty", "short", "a picture that is not sealed", "too long"],
)
def test_what_is_no_sealed_photograph_never_enters_the_parent(message: bytes) -> None:
    assert decode_answer(message) is None
