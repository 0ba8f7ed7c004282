"""Urgent items from an MQTT 5 broker, into the folder. The broker is a carrier: what it says is verified, what it withholds is
told by the age of the lists. A connection that is lost is sought again for ever, with growing and scattered pauses.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from firmware.sync.urgent import Answer
from firmware.verify.urgent import MAX_ITEM_BYTES

#: Above an item's own cap there is the topic and the packet's head.
MAX_PACKET_BYTES: Final = MAX_ITEM_BYTES + 1024
KEEPALIVE_S: Final = 60
LONGEST_PAUSE_S: Final = 300
EVERYWHERE: Final = "all"


@dataclass(frozen=True, slots=True)
class BrokerSpec:
    """Which broker, and for whom. `region` is a digit prefix of GB/T 2260; "" hears only what is for everywhere."""

    host: str
    port: int
    client_id: str
    region: str = ""
    prefix: str = "yanma/urgent"
    tls: bool = True
    ca_file: str | None = None  # None: the system's
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def topics(self) -> tuple[str, ...]:
        """One retained topic an item: PREFIX/all/ID, and PREFIX/REGION/ID for each prefix of the region."""
        regions = [self.region[:length] for length in range(1, len(self.region) + 1)]
        return tuple(f"{self.prefix}/{each}/+" for each in (EVERYWHERE, *regions))


class Listening:
    """A connection in a thread of its own. `take` gets each item's bytes there; `tell` gets words for the log."""

    def __init__(self, spec: BrokerSpec, take: Callable[[bytes], Answer], tell: Callable[[str], None]) -> None:
        self._spec = spec
        self._take = take
        self._tell = tell
        self.connected = threading.Event()
        self._client = self._make()

    def start(self) -> None:
        """Connect as soon as the broker is there. Never raises for a broker that is not."""
        self._client.connect_async(self._spec.host, self._spec.port, KEEPALIVE_S, properties=_packet_limit())
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _make(self) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, self._spec.client_id, protocol=mqtt.MQTTv5)
        if self._spec.tls:
            client.tls_set(ca_certs=self._spec.ca_file)
        if self._spec.username is not None:
            client.username_pw_set(self._spec.username, self._spec.password)
        # After a broker's restart 100,000 terminals come back: not all in the same second.
        client.reconnect_delay_set(random.randint(1, 5), LONGEST_PAUSE_S + random.randint(0, 60))  # noqa: S311
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_message = self._message
        return client

    def _connected(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._tell(f"the broker refused the connection: {reason}")
            return
        client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._spec.topics])
        self.connected.set()
        self._tell(f"listening to {self._spec.host}:{self._spec.port}: {', '.join(self._spec.topics)}")

    def _disconnected(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.connected.clear()
        self._tell(f"the broker is gone ({reason}); it is sought again")

    def _message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        if (
            not message.payload
        ):  # the publisher has taken a retained item back; what was believed stands until it is over
            return
        if len(message.payload) > MAX_ITEM_BYTES:
            self._tell(f"refused: an item of {len(message.payload)} bytes")
            return
        try:
            answer = self._take(bytes(message.payload))
        except OSError as error:
            self._tell(f"an item could not be kept: {error.strerror or error}")
            return
        self._tell(f"{answer.what}: {answer.why}" if answer.why else str(answer.what))


def _packet_limit() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.MaximumPacketSize = MAX_PACKET_BYTES
    return properties
