"""The half with a network, and the server it asks: from a terminal's question to proven time, over loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from wsgiref.simple_server import WSGIServer

import pytest

from firmware.clock import Rank, Sample, boot_id
from firmware.time_sources import fetch
from firmware.time_sources.fetch import FETCH_EACH_S, FIRST_RETRY_S, FetchError, TimeHelper, get, read_requests
from firmware.time_sources.handover import read_handover
from firmware.time_sources.reply import REQUEST_NAME, ReplySource, reply_name
from firmware.time_sources.source import Heard
from firmware.verify.timereply import read_time_reply
from issuer.errors import OfficeError
from issuer.keys import KeyStore
from issuer.office import Office
from issuer.timekeeper import make_app, open_server, time_reply
from tests.time_sources.test_reply import KEYS, NONCE, NOW, SERVER


@dataclass
class Time:
    steady_s: float = 100.0

    def __call__(self) -> float:
        return self.steady_s


def ask(folder: Path, lane: str = "entry", run: str = "r1", nonce: bytes = NONCE) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / REQUEST_NAME).write_text(json.dumps({"lane": lane, "run": run, "nonce": nonce.hex()}))


@dataclass
class Web:
    """A server of signed time that may be down."""

    up: bool = True
    asked: list[str] = field(default_factory=list)

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if not self.up:
            raise FetchError("no signed time from https://t: refused")
        return b"reply"


@pytest.fixture
def helper(tmp_path: Path) -> TimeHelper:
    (tmp_path / "out").mkdir()
    return TimeHelper("https://t/", tmp_path / "run", tmp_path / "out", (), Web(), Time())


def web(helper: TimeHelper) -> Web:
    assert isinstance(helper.get, Web)
    return helper.get


def wait(helper: TimeHelper, seconds: float) -> None:
    assert isinstance(helper.steady, Time)
    helper.steady.steady_s += seconds


def test_a_terminal_that_has_just_started_is_answered_at_once_and_then_four_times_an_hour(helper: TimeHelper) -> None:
    ask(helper.requests)
    helper.turn()
    assert web(helper).asked == [f"https://t/time/{NONCE.hex()}"]
    fields = read_handover(helper.handover / reply_name("entry"), boot_id())
    assert fields is not None
    assert (bytes.fromhex(fields["cose"]), fields["sent_s"]) == (b"reply", 100.0)
    ask(helper.requests, nonce=bytes(16))
    wait(helper, FETCH_EACH_S - 1)
    helper.turn()
    assert len(web(helper).asked) == 1
    wait(helper, 2)
    helper.turn()
    helper.turn()
    assert len(web(helper).asked) == 2
    ask(helper.requests, run="r2", nonce=bytes(range(1, 17)))
    helper.turn()
    assert len(web(helper).asked) == 3


def test_a_server_that_is_down_is_asked_ever_later_and_said_once(helper: TimeHelper) -> None:
    web(helper).up = False
    said = []
    for number in range(600):
        ask(helper.requests, nonce=number.to_bytes(16, "big"))
        said += helper.turn()
        wait(helper, 2.0)
    assert said == ["reply: no signed time from https://t: refused"]
    assert 5 <= len(web(helper).asked) <= 12
    web(helper).up = True
    wait(helper, 300)
    ask(helper.requests, nonce=bytes(16))
    assert helper.turn() == ["reply: signed time from https://t/"]
    assert FIRST_RETRY_S < FETCH_EACH_S


def test_every_lane_of_the_device_is_answered_in_a_file_of_its_own(helper: TimeHelper) -> None:
    for lane in ("entry", "exit"):
        ask(helper.requests / lane, lane=lane)
    helper.turn()
    assert sorted(path.name for path in helper.handover.iterdir()) == [reply_name("entry"), reply_name("exit")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"lane": "../../etc/x", "run": "r", "nonce": "' + NONCE.hex() + '"}',
        '{"lane": "a", "run": "r", "nonce": "../' + NONCE.hex()[3:] + '"}',
        '{"lane": "a", "run": "r"}',
        "[" * 3000,
    ],
)
def test_what_is_no_question_goes_nowhere(tmp_path: Path, text: str) -> None:
    (tmp_path / REQUEST_NAME).write_text(text)
    assert list(read_requests(tmp_path)) == []


@dataclass
class Played:
    name: str
    heard: Heard

    def poll(self, proven: Sample | None) -> Heard:
        return self.heard


def test_what_chrony_and_gpsd_say_is_handed_over_with_or_without_a_time(helper: TimeHelper) -> None:
    sample = Sample.around("chrony", Rank.PROVEN, float(NOW), 0.25, 99.0)
    helper.sources = (
        Played("chrony", Heard(sample, "NTS")),
        Played("gnss", Heard(None, "the receiver has no fix")),
    )
    assert helper.turn() == ["chrony: gives time", "gnss: the receiver has no fix"]
    chrony, gnss = (read_handover(helper.handover / f"{name}.json", boot_id()) for name in ("chrony", "gnss"))
    assert chrony is not None
    assert (chrony["utc_s"], chrony["half_width_s"], chrony["steady_s"]) == (NOW, 0.25, 99.0)
    assert chrony["authenticated"] is True
    assert gnss is not None
    assert "utc_s" not in gnss


# --- the server, over loopback ----------------------------------------------------------------------------------------


@contextmanager
def serving() -> Iterator[WSGIServer]:
    made = open_server(SERVER, "127.0.0.1", 0, 0.5)  # type: ignore[arg-type]  # a key of the tests' own world signs as well
    made.set_app(make_app(SERVER, 0.5, lambda: float(NOW)))  # type: ignore[arg-type]
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


@pytest.fixture
def server() -> Iterator[WSGIServer]:
    with serving() as made:
        yield made


def test_from_the_terminals_question_to_proven_time(server: WSGIServer, tmp_path: Path) -> None:
    source = ReplySource("entry", tmp_path, tmp_path, lambda: KEYS)
    assert source.poll(None).sample is None
    TimeHelper(f"http://127.0.0.1:{server.server_port}", tmp_path, tmp_path).turn()
    sample = source.poll(None).sample
    assert sample is not None
    assert sample.rank is Rank.PROVEN
    assert sample.lo_s <= NOW + 5
    assert sample.hi_s >= NOW


def test_the_server_answers_a_nonce_and_nothing_else(server: WSGIServer) -> None:
    url = f"http://127.0.0.1:{server.server_port}"
    reply = read_time_reply(get(f"{url}/time/{NONCE.hex()}"), KEYS)
    assert (reply.nonce, reply.utc_s) == (NONCE, float(NOW))
    assert reply.radius_s == pytest.approx(0.501)
    for path in ("/", "/time/", f"/time/{NONCE.hex()}0", f"/time/{NONCE.hex().upper()}", "/time/../x"):
        with pytest.raises(FetchError, match="404"):
            get(url + path)


def test_another_method_is_refused() -> None:
    said: list[str] = []
    app = make_app(SERVER, 0.5)  # type: ignore[arg-type]
    request = {"REQUEST_METHOD": "POST", "PATH_INFO": f"/time/{NONCE.hex()}"}
    assert list(app(request, lambda status, _: said.append(status))) == [b""]  # type: ignore[arg-type,func-returns-value,return-value]
    assert said == ["405 Method Not Allowed"]


def test_no_server_and_an_endless_answer_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FetchError, match=r"no signed time from http://127\.0\.0\.1:1"):
        get(f"http://127.0.0.1:1/time/{NONCE.hex()}")

    class Endless:
        def __enter__(self) -> Endless:
            return self

        def __exit__(self, *_: object) -> None:
            return

        def read(self, most: int) -> bytes:
            return b"x" * most

    monkeypatch.setattr(fetch.urllib.request, "urlopen", lambda *_, **__: Endless())
    with pytest.raises(FetchError, match="more than"):
        get("http://t/time/x")


def test_the_demo_has_a_key_for_time_that_terminals_take(tmp_path: Path) -> None:
    from firmware.sync.store import load_trust
    from issuer.publish import write_trust
    from issuer.world import TIME_NAME

    office = Office(KeyStore(tmp_path / "state"))
    write_trust(tmp_path / "trust", office.anchor, office.listed(), NOW)
    keys = load_trust(tmp_path / "trust", tmp_path / "trust/anchors", "demo").keys
    assert read_time_reply(time_reply(office.key(TIME_NAME), NONCE, NOW + 0.25, 0.1), keys).utc_s == NOW + 0.25


@pytest.mark.parametrize("radius_s", [0.0, 10.0, -1.0])
def test_a_radius_that_no_terminal_takes_is_not_served(radius_s: float) -> None:
    with pytest.raises(OfficeError, match="radius"):
        open_server(SERVER, "127.0.0.1", 0, radius_s)  # type: ignore[arg-type]
