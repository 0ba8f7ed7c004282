"""Urgent items through Debian's own mosquitto on loopback: heard, kept, in force in time; a broker that lies changes nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.publish as publish
import pytest
from paho.mqtt.client import MQTTv5

from firmware.events import TrustLoaded
from firmware.sync.broker import BrokerSpec, Listening
from firmware.sync.urgent import Answer, Taken, UrgentFolder
from firmware.verify.urgent import heed
from firmware.watch import TrustWatch
from tests.servers import free_port, running
from tests.verify.test_urgent import item, state_of, verdict
from tests.world import NOW, Key, World

PATIENCE_S = 30.0
IN_FORCE_S = 2.0


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


class Broker:
    """A mosquitto of our own, without a disk."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.settings = folder / "mosquitto.conf"
        self.settings.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n")

    def send(self, data: bytes, topic: str = "yanma/urgent/all/1", *, retain: bool = True) -> None:
        publish.single(topic, data, qos=1, retain=retain, hostname="127.0.0.1", port=self.port, protocol=MQTTv5)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path)
    with running("mosquitto", "-c", str(made.settings), port=made.port):
        yield made


class Post:
    """A terminal that listens: what it took, what it said, and what it would say of a document."""

    def __init__(self, folder: Path, port: int, region: str = "110105") -> None:
        self.world = World()
        self.view = self.world.trust()
        self.folder = UrgentFolder(folder / "urgent")
        self.answers: list[Answer] = []
        self.said: list[str] = []
        spec = BrokerSpec("127.0.0.1", port, f"post-{port}", region=region, tls=False)
        self.listening = Listening(spec, self.take, self.said.append)

    def take(self, data: bytes) -> Answer:
        answer = self.folder.take(data, self.view, self.world.anchors(), NOW)
        self.answers.append(answer)
        return answer

    def taken(self) -> list[Taken]:
        return [answer.what for answer in self.answers]


@pytest.fixture
def post(tmp_path: Path, broker: Broker) -> Iterator[Post]:
    made = Post(tmp_path, broker.port)
    made.listening.start()
    assert made.listening.connected.wait(PATIENCE_S)
    yield made
    made.listening.close()


def test_an_item_is_heard_and_kept(broker: Broker, post: Post) -> None:
    broker.send(item(post.world))
    until(lambda: post.taken() == [Taken.NEW])
    assert len(post.folder.read()) == 1


def test_a_terminal_that_was_away_hears_what_was_said_meanwhile(tmp_path: Path, broker: Broker) -> None:
    broker.send(item(World()))
    late = Post(tmp_path, broker.port)
    late.listening.start()
    until(lambda: late.taken() == [Taken.NEW])
    late.listening.close()


def test_a_post_hears_its_own_regions_and_everywhere_and_no_other(broker: Broker, post: Post) -> None:
    for number, region in enumerate(("31", "1101", "110105", "110106", "all")):
        topic = f"yanma/urgent/{region}/{number}"
        broker.send(item(post.world, state_of(index=number), cti=b"item-%03d" % number), topic)
    until(lambda: len(post.answers) == 3)
    time.sleep(0.2)
    kept = {path.name[-20:-4] for path in (post.folder._folder).iterdir()}
    assert kept == {(b"item-%03d" % number).hex() for number in (1, 2, 4)}


@pytest.mark.parametrize(
    "lie",
    [
        lambda world: item(world, key=Key.es256(66)),
        lambda world: item(world)[:40],
        lambda world: b"\x00" * 4000,
        lambda world: item(world, exp=NOW - 30),
    ],
    ids=["signed by a stranger", "cut short", "zeros", "a replay of an item that is over"],
)
def test_a_broker_that_lies_changes_nothing(broker: Broker, post: Post, lie: Callable[[World], bytes]) -> None:
    broker.send(lie(post.world))
    until(lambda: len(post.answers) == 1)
    assert post.taken()[0] in (Taken.REFUSED, Taken.OVER)
    broker.send(item(post.world), "yanma/urgent/all/2")
    until(lambda: len(post.answers) == 2)
    assert post.taken()[1] is Taken.NEW
    assert len(post.folder.read()) == 1


def test_endless_data_from_a_broker_is_never_taken_in(broker: Broker, post: Post) -> None:
    broker.send(bytes(200_000))
    broker.send(bytes(4500), "yanma/urgent/all/2")
    broker.send(item(post.world), "yanma/urgent/all/3")
    until(lambda: post.taken() == [Taken.NEW])
    assert "refused: an item of 4500 bytes" in post.said


def test_an_item_that_was_taken_back_on_the_broker_stands_until_it_is_over(broker: Broker, post: Post) -> None:
    """The defect it stops: whoever holds the broker lifts a stop by clearing the topic."""
    broker.send(item(post.world))
    until(lambda: post.taken() == [Taken.NEW])
    broker.send(b"")
    broker.send(item(post.world, state_of(index=9), cti=b"item-002"), "yanma/urgent/all/2")
    until(lambda: len(post.answers) == 2)
    assert len(post.folder.read()) == 2


def test_the_post_finds_its_broker_again(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    post = Post(tmp_path, broker.port)
    post.listening._client.reconnect_delay_set(1, 1)
    with running("mosquitto", "-c", str(broker.settings), port=broker.port):
        post.listening.start()
        assert post.listening.connected.wait(PATIENCE_S)
    until(lambda: not post.listening.connected.is_set())
    with running("mosquitto", "-c", str(broker.settings), port=broker.port):
        assert post.listening.connected.wait(PATIENCE_S)
        broker.send(item(post.world))
        until(lambda: post.taken() == [Taken.NEW])
        post.listening.close()


def test_a_broker_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    post = Post(tmp_path, free_port())
    post.listening.start()
    assert not post.listening.connected.wait(0.2)
    post.listening.close()


def test_from_the_broker_into_force_at_the_next_verdict(tmp_path: Path, broker: Broker, post: Post) -> None:
    """The whole way, as the two processes go it: broker, folder, the terminal's look at the folder, the next verdict."""

    def load(_floor: int) -> object:
        return heed(post.view, post.world.anchors(), UrgentFolder(tmp_path / "urgent").read())[0]

    watch = TrustWatch(tmp_path, load, urgent=tmp_path / "urgent")  # type: ignore[arg-type]
    assert isinstance(watch.poll(time.monotonic()), TrustLoaded)
    view = watch.view
    assert view is not None
    assert verdict(post.world, view).reason == "VALID"
    done = threading.Event()
    began = time.monotonic()
    broker.send(item(post.world), retain=False)
    while not done.is_set() and time.monotonic() - began < PATIENCE_S:
        if watch.poll(time.monotonic()) is not None and watch.view is not None:
            done.set()
        time.sleep(0.01)
    assert watch.view is not None
    assert verdict(post.world, watch.view).reason == "REVOKED"


def test_our_own_pauses_leave_half_of_the_two_seconds() -> None:
    from firmware.watch import POLL_S

    assert POLL_S <= IN_FORCE_S / 2
