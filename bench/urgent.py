"""Urgent items to many terminals through a real mosquitto on loopback: `python -m bench.urgent [--terminals N] [--json FILE]`.

All terminals are MQTT 5 clients of this one process, with the subscriptions of `yanma listen`. Times say nothing about a
network; their ratio to a single terminal's, in the same run, says what many cost.
"""

from __future__ import annotations

import argparse
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from bench.report import emit
from bench.servers import PLACES
from firmware.sync.broker import BrokerSpec

ROUNDS: Final = 9
ITEM_BYTES: Final = 220
PATIENCE_S: Final = 60.0
_CONF: Final = "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_connections -1\n"


class Terminals:
    """Clients without threads, driven by one selector."""

    def __init__(self, port: int, count: int) -> None:
        self.heard: list[float] = []
        self.bytes = 0
        self._selector = selectors.DefaultSelector()
        self._clients = [self._client(port, n) for n in range(count)]
        self.subscribed = 0

    def _client(self, port: int, number: int) -> mqtt.Client:
        spec = BrokerSpec("127.0.0.1", port, f"terminal-{number}", region="110105", tls=False)
        client = mqtt.Client(CallbackAPIVersion.VERSION2, spec.client_id, protocol=mqtt.MQTTv5)
        client.on_connect = lambda client, *_: client.subscribe([(topic, 1) for topic in spec.topics])
        client.on_subscribe = self._one_more
        client.on_message = self._message
        client.connect(spec.host, spec.port)
        connection = client.socket()
        assert isinstance(connection, socket.socket), "it has just connected"
        self._selector.register(connection, selectors.EVENT_READ, client)
        return client

    def _one_more(self, *_: Any) -> None:
        self.subscribed += 1

    def _message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        self.heard.append(time.perf_counter())
        self.bytes += len(message.payload) + len(message.topic)

    def turn(self, timeout_s: float = 0.05) -> None:
        for key, _ in self._selector.select(timeout_s):
            key.data.loop_read()
        for client in self._clients:
            if client.want_write():
                client.loop_write()

    def until(self, what: str, count: int) -> None:
        ends_s = time.monotonic() + PATIENCE_S
        while (self.subscribed if what == "subscribed" else len(self.heard)) < count:
            if time.monotonic() > ends_s:
                raise SystemExit(f"bench.urgent: not all terminals {what} within {PATIENCE_S:g} s")
            self.turn()

    def close(self) -> None:
        for client in self._clients:
            client.disconnect()
            client.loop_write()
        self._selector.close()


def measure(port: int, count: int) -> dict[str, float | str]:
    """Milliseconds from the office's publish to the median and to the last terminal, and bytes a terminal an item."""
    terminals = Terminals(port, count)
    terminals.until("subscribed", count)
    medians, lasts = [], []
    for number in range(ROUNDS):
        terminals.heard.clear()
        began = time.perf_counter()
        _send(port, f"yanma/urgent/11/{number}", bytes(ITEM_BYTES))
        terminals.until("heard", count)
        medians.append((statistics.median(terminals.heard) - began) * 1e3)
        lasts.append((max(terminals.heard) - began) * 1e3)
    carried = terminals.bytes / count / ROUNDS
    terminals.close()
    return {
        "terminals": count,
        "median_ms": round(statistics.median(medians), 2),
        "last_ms": round(statistics.median(lasts), 2),
        "bytes_an_item": round(carried),
    }


def _send(port: int, topic: str, data: bytes) -> None:
    office = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    office.connect("127.0.0.1", port)
    office.loop_start()
    office.publish(topic, data, qos=1).wait_for_publish(PATIENCE_S)
    office.disconnect()
    office.loop_stop()


@contextmanager
def broker(folder: Path) -> Iterator[int]:
    """A mosquitto of its own on loopback; gives its port. Ends the program where there is none."""
    found = next((Path(place) / "mosquitto" for place in PLACES if (Path(place) / "mosquitto").is_file()), None)
    if found is None:
        raise SystemExit("bench.urgent: there is no mosquitto; make servers unpacks one")
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        port = int(asking.getsockname()[1])
    (folder / "mosquitto.conf").write_text(_CONF.format(port=port))
    libraries = {str(path.parent) for path in Path(PLACES[-1]).parents[1].rglob("*.so*")}
    server = subprocess.Popen(
        [found, "-c", folder / "mosquitto.conf"],
        env={"LD_LIBRARY_PATH": ":".join(sorted(libraries))},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(port)
        yield port
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


def _await(port: int) -> None:
    ends_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends_s:
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit("bench.urgent: mosquitto took no connection")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.urgent", description=__doc__)
    parser.add_argument("--terminals", type=int, default=1000)
    parser.add_argument("--json", metavar="FILE")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, broker(Path(folder)) as port:
        rows = [measure(port, count) for count in (1, given.terminals)]
    alone = float(rows[0]["last_ms"])
    emit("urgent items", [row | {"ratio": round(float(row["last_ms"]) / alone, 1)} for row in rows], given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
