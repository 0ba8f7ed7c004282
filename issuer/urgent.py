"""Urgent items: what a terminal must know before the next list, signed, into a file or to an MQTT 5 broker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware.verify.wire import CTI_BYTES, KID_BYTES, URGENT_TYPE, Claim, Status, UrgentAction, UrgentField
from issuer.cose import Map
from issuer.dates import DAY_S
from issuer.errors import bad_data
from issuer.keys import Entropy
from issuer.office import Office
from issuer.publish import PublicSigner, signed
from issuer.world import STATUS_NAME

#: By then every list has it.
LIFE_S: Final = 7 * DAY_S
CONNECT_S: Final = 10.0
STATES: Final = {state.name.lower().replace("_", "-"): state for state in Status}


@dataclass(frozen=True, slots=True)
class Carrier:
    """Where items are sent. `region` is a digit prefix of GB/T 2260, or "all"."""

    host: str
    port: int
    region: str = "all"
    prefix: str = "yanma/urgent"
    tls: bool = True


def state_item(office: Office, number: int, index: int, state: Status, now_s: int) -> tuple[bytes, bytes]:
    """(id, signed item): this place has this state from now on. Signed by the status key."""
    signer = next(key for plan, key in office.listed() if plan.name == STATUS_NAME)
    body: Map = {UrgentField.ACTION: UrgentAction.STATE, UrgentField.PLACE: [number, index], UrgentField.STATE: state}
    return _item(signer, body, now_s, office.entropy)


def withdrawal(office: Office, kid: bytes, now_s: int) -> tuple[bytes, bytes]:
    """(id, signed item): nothing that this key signed is believed from now on. Signed by the anchor. Raises OfficeError."""
    if len(kid) != KID_BYTES:
        raise bad_data(f"a key id has {KID_BYTES} bytes, not {len(kid)}: yanma-issuer keys lists them")
    body: Map = {UrgentField.ACTION: UrgentAction.WITHDRAW_KEY, UrgentField.KID: kid}
    return _item(office.anchor, body, now_s, office.entropy)


def send(carrier: Carrier, name: bytes, data: bytes) -> str:
    """Hand an item to the broker, retained on a topic of its own, and give the topic. Raises OfficeError when it is not taken."""
    from paho.mqtt.client import Client, MQTTv5
    from paho.mqtt.enums import CallbackAPIVersion
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    topic = f"{carrier.prefix}/{carrier.region}/{name.hex()}"
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.MessageExpiryInterval = LIFE_S  # the broker forgets it when it says nothing any more
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    if carrier.tls:
        client.tls_set()
    try:
        client.connect(carrier.host, carrier.port)
        client.loop_start()
        sent = client.publish(topic, data, qos=1, retain=True, properties=properties)
        sent.wait_for_publish(CONNECT_S)
        if not sent.is_published():
            raise TimeoutError(f"no answer in {CONNECT_S:g} s")
    except (OSError, ValueError, RuntimeError) as error:
        raise bad_data(f"the broker {carrier.host}:{carrier.port} did not take it: {error}") from error
    finally:
        client.disconnect()
        client.loop_stop()
    return topic


def _item(signer: PublicSigner, body: Map, now_s: int, entropy: Entropy) -> tuple[bytes, bytes]:
    name = entropy(CTI_BYTES)
    claims: Map = {Claim.EXP: now_s + LIFE_S, Claim.IAT: now_s, Claim.CTI: name, Claim.URGENT: body}
    return name, signed(signer, URGENT_TYPE, claims)
