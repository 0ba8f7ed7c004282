"""The two sockets, with a real client at each: what may be asked, and what never."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.commissioning.desk import ASKED, CONTROL_SOCKET, MAX_REQUEST_BYTES, PAGE_SOCKET, PATIENCE_S, Desk
from firmware.commissioning.fetching import MAX_PART_BYTES
from firmware.commissioning.session import ATTEMPTS, OPEN_S, Session
from firmware.ledger.receipts.folder import verify_folder, writing
from firmware.model import Moment
from firmware.profiles import NAMES, load_profile
from firmware.scanner.preview_line import Preview
from firmware.state import Settings, State
from tests.ledger.receipts.common import KEY, body, fill
from tests.world import NOW

STATE = State(Settings(load_profile("gate")), Moment.exactly(float(NOW)), 0.0, started_s=0.0)
JPEG = b"\xff\xd8 a picture \xff\xd9"


class Camera:
    """Gives a preview one turn after it was asked for one."""

    def __init__(self) -> None:
        self.asked = 0
        self._ready: Preview | None = None

    def ask_preview(self) -> None:
        self.asked += 1
        self._ready = Preview(57, JPEG)

    def preview(self) -> Preview | None:
        ready, self._ready = self._ready, None
        return ready


class Setting:
    """A desk, its camera, and a clock that turns when told."""

    def __init__(self, folder: Path, *, preview_allowed: bool = True, receipts: Path | None = None) -> None:
        self.folder, self.camera, self.now_s = folder, Camera(), 0.0
        session = Session(make_code=lambda: "12345678", make_token=lambda: "token")
        self.desk = Desk(
            folder, self.camera, preview_allowed=preview_allowed, language="zh", receipts=receipts, session=session
        )

    def turn(self, times: int = 3) -> None:
        for _ in range(times):
            self.desk.turn(STATE, self.now_s)

    def ask(self, request: bytes, name: str = PAGE_SOCKET) -> tuple[dict[str, Any], bytes]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(5)
            line.connect(str(self.folder / name))
            line.sendall(request)
            self.turn()
            answer, ends_s = b"", time.monotonic() + 20
            line.settimeout(0.02)
            while time.monotonic() < ends_s:
                try:
                    part = line.recv(65536)
                except TimeoutError:
                    self.turn()  # a receipt is being read beside the loop
                    continue
                if not part:
                    break
                answer += part
        head, _, body = answer.partition(b"\n")
        return json.loads(head), body

    def log_in(self) -> None:
        self.desk.event(ASKED, {})
        self.turn()
        assert self.ask(b"LOGIN 12345678\n")[0]["token"] == "token"


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    setting = Setting(tmp_path)
    yield setting
    setting.desk.close()


def test_a_held_key_opens_it_and_the_screen_says_the_code(setting: Setting) -> None:
    assert setting.desk.banner(0.0) is None
    setting.desk.event(ASKED, {})
    setting.turn()
    banner = setting.desk.banner(0.0)
    assert banner is not None
    assert banner.lines == ("预览中 画面可见", "页面验证码", "1234 5678", "10 分钟后关闭")
    assert setting.desk.banner(1.0) is None, "nothing new to draw"
    closed = setting.desk.banner(OPEN_S)
    assert closed is not None
    assert closed.lines == ()


def test_the_code_gives_a_token_and_the_token_a_preview(setting: Setting) -> None:
    setting.log_in()
    head, body = setting.ask(b"PREVIEW token\n")
    assert (head, body) == ({"focus": 57, "bytes": len(JPEG)}, JPEG)
    banner = setting.desk.banner(0.0)
    assert banner is not None
    assert "1234" not in "".join(banner.lines), "a used code is no longer shown"


@pytest.mark.parametrize("request_", [b"PREVIEW token\n", b"PREVIEW \n", b"LOGIN 12345678\n"])
def test_nothing_is_seen_while_it_is_closed(setting: Setting, request_: bytes) -> None:
    head, body = setting.ask(request_)
    assert not head.get("token")
    assert body == b""
    assert setting.camera.asked == 0, "no frame is made small for nobody"


def test_guessing_closes_it_after_five_attempts(setting: Setting) -> None:
    setting.desk.event(ASKED, {})
    setting.turn()
    left = [setting.ask(b"LOGIN 00000000\n")[0]["attempts_left"] for _ in range(ATTEMPTS)]
    assert left == [4, 3, 2, 1, 0]
    assert setting.ask(b"LOGIN 12345678\n")[0]["token"] is None
    assert setting.ask(b"STATE\n")[0]["open"] is False


def test_a_post_that_is_discreet_never_shows_its_camera(tmp_path: Path) -> None:
    setting = Setting(tmp_path, preview_allowed=False)
    setting.log_in()
    assert setting.ask(b"PREVIEW token\n") == ({"error": "no-preview-at-this-post"}, b"")
    assert setting.camera.asked == 0
    setting.desk.close()


def test_of_the_four_posts_the_police_alone_has_no_preview() -> None:
    assert [name for name in NAMES if load_profile(name).discreet] == ["police"]


@pytest.mark.parametrize(
    "request_",
    [
        b"OPEN\n",
        b"CLOSE\n",
        b"RELAY\n",
        b"GO\n",
        b"LOGIN\n",
        b"STATE x\n",
        b"RECEIPT token 4K7Q2M9X\n",
        b"\xff\xfe\n",
        b"STATE\nSTATE\n",
    ],
)
def test_the_page_can_ask_four_things_and_nothing_else(setting: Setting, request_: bytes) -> None:
    assert setting.ask(request_) == ({"error": "bad-request"}, b"")
    assert setting.ask(b"STATE\n")[0]["open"] is False


def test_an_endless_request_is_cut_off(setting: Setting) -> None:
    assert setting.ask(b"LOGIN ".ljust(MAX_REQUEST_BYTES + 1, b"1")) == ({"error": "bad-request"}, b"")


def test_a_visitor_who_says_nothing_is_let_go(setting: Setting) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(5)
        line.connect(str(setting.folder / PAGE_SOCKET))
        setting.turn()
        setting.now_s = PATIENCE_S
        setting.turn()
        assert json.loads(line.recv(100)) == {"error": "no-answer"}


def test_the_control_socket_opens_and_closes_and_only_its_owner_may(setting: Setting) -> None:
    assert setting.ask(b"OPEN\n", CONTROL_SOCKET)[0] == {"open": True, "code": "12345678"}
    assert setting.ask(b"STATE\n")[0]["open"] is True
    assert setting.ask(b"CLOSE\n", CONTROL_SOCKET)[0] == {"open": False, "code": None}
    modes = {name: (setting.folder / name).stat().st_mode & 0o777 for name in (PAGE_SOCKET, CONTROL_SOCKET)}
    assert modes == {PAGE_SOCKET: 0o660, CONTROL_SOCKET: 0o600}


def test_nothing_is_left_behind(setting: Setting) -> None:
    setting.desk.close()
    assert list(setting.folder.iterdir()) == []


@pytest.fixture
def insurers(tmp_path: Path) -> Iterator[Setting]:
    """A desk of a terminal that makes receipts, and has made three."""
    fill(tmp_path / "receipts", 3)
    setting = Setting(tmp_path, receipts=tmp_path / "receipts")
    yield setting
    setting.desk.close()


def receipts_of(setting: Setting) -> list[str]:
    return [receipt.code for receipt in verify_folder(setting.folder / "receipts")]


@pytest.mark.parametrize("part", ["json", "pdf"])
def test_a_code_gives_its_receipt_to_who_is_logged_in(insurers: Setting, part: str) -> None:
    code = receipts_of(insurers)[1]
    insurers.log_in()
    head, body = insurers.ask(f"RECEIPT token {code.lower()} {part}\n".encode())
    assert head == {"name": f"000002-{code}.{part}", "bytes": len(body)}
    assert body == (insurers.folder / "receipts" / head["name"]).read_bytes()


@pytest.mark.parametrize("token", ["token", "x"])
def test_no_receipt_is_given_while_it_is_closed_or_to_another_token(insurers: Setting, token: str) -> None:
    request = f"RECEIPT {token} {receipts_of(insurers)[0]} json\n".encode()
    assert insurers.ask(request) == ({"error": "not-logged-in"}, b"")
    insurers.log_in()
    assert (insurers.ask(request)[1] != b"") is (token == "token")


@pytest.mark.parametrize(
    ("code", "part", "why"),
    [
        ("4K7Q2M9Y", "json", "no-such-code"),
        ("00000000", "json", "no-such-receipt"),
        ("../../..", "json", "no-such-code"),
        ("OWN", "photo", "no-such-part"),
        ("OWN", "key", "no-such-code"),
    ],
)
def test_a_receipt_that_is_not_there_is_told_with_its_reason(insurers: Setting, code: str, part: str, why: str) -> None:
    insurers.log_in()
    code = receipts_of(insurers)[0] if code == "OWN" else code
    assert insurers.ask(f"RECEIPT token {code} {part}\n".encode()) == ({"error": why}, b"")


def test_a_page_that_was_exchanged_is_never_given(insurers: Setting) -> None:
    code = receipts_of(insurers)[0]
    insurers.log_in()
    next((insurers.folder / "receipts").glob("000001-*.pdf")).write_bytes(b"another page")
    assert insurers.ask(f"RECEIPT token {code} pdf\n".encode())[0] == {"error": "does-not-hold"}


@pytest.mark.parametrize(("size", "given"), [(MAX_PART_BYTES, True), (MAX_PART_BYTES + 1, False)])
def test_what_is_too_large_for_the_socket_is_told_and_not_cut(tmp_path: Path, size: int, given: bool) -> None:
    with writing(tmp_path / "receipts", KEY, lambda placed, code: bytes(size)) as folder:
        code = folder.add(body()).code
    setting = Setting(tmp_path, receipts=tmp_path / "receipts")
    setting.log_in()
    head, content = setting.ask(f"RECEIPT token {code} pdf\n".encode())
    assert (len(content), head.get("error")) == ((size, None) if given else (0, "too-large"))
    setting.desk.close()


def test_a_terminal_without_receipts_has_none_to_give(setting: Setting) -> None:
    setting.log_in()
    assert setting.ask(b"STATE\n")[0]["receipts"] is False
    assert setting.ask(b"RECEIPT token 4K7Q2M9X json\n")[0] == {"error": "no-receipts-at-this-post"}
