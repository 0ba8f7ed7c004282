"""Who shows codes to a simulated terminal: an office whose lists serve for ever, and forty holders with a phone each."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from firmware.model import Kind
from firmware.sync.store import load_trust
from firmware.verify.trust import TrustView
from firmware.verify.wire import Alg, Ways
from issuer import world
from issuer.cose import text_of
from issuer.keys import KeyStore, SigningKey
from issuer.make import LiveLayer, Order, make, server_made, show_live
from issuer.office import Office
from issuer.people import VEHICLES
from issuer.publish import write_trust

START_S: Final = int(datetime(2026, 6, 12, 6, 30, tzinfo=UTC).timestamp())
DAY_S: Final = 86_400.0
HOLDERS: Final = 40


@dataclass(frozen=True, slots=True)
class Codes:
    """Who can show codes, and what the terminal believes."""

    trust: TrustView
    timekeeper: SigningKey
    phones: tuple[tuple[SigningKey, bytes], ...]  # a holder's key, and the credential bound to it
    server: Callable[[int, bytes], bytes]

    def by_phone(self, holder: int, made_s: int, nonce: bytes) -> bytes:
        signer, credential = self.phones[holder]
        return text_of(show_live(credential, LiveLayer(made_s, nonce, signer)))

    def by_server(self, made_s: int, nonce: bytes) -> bytes:
        return text_of(self.server(made_s, nonce))


def make_codes(chance: random.Random) -> Codes:
    """An office of the demo world whose lists serve for ever, and forty holders with a phone each."""
    with TemporaryDirectory() as folder:
        office = Office(KeyStore(Path(folder) / "state"))
        write_trust(Path(folder) / "trust", office.anchor, office.listed(), START_S)
        view = load_trust(Path(folder) / "trust", Path(folder) / "trust" / "anchors", "demo")
        signer, timekeeper = office.key("shanghai"), office.key(world.TIME_NAME)
    endless = START_S + int(4000 * DAY_S)
    lists = {number: tuple(replace(one, expires_s=endless) for one in many) for number, many in view.status.items()}
    trust = replace(view, expires_s=endless, status=lists)
    vehicle = next(vehicle for vehicle in VEHICLES.values() if vehicle.office == "shanghai" and vehicle.days > 100)
    document = world.document_of(vehicle, Kind.INSPECTION_MARK, Ways.LIVE, START_S)
    document = replace(
        document, inspected_until=document.inspected_until and document.inspected_until.replace(year=2035)
    )
    phones = []
    for _ in range(HOLDERS):
        key = SigningKey.from_private("holder", Alg.ED25519, chance.randbytes(32))
        begins_s = START_S - int(DAY_S)
        order = Order(document, signer, begins_s, begins_s, endless, chance.randbytes(8), holder=key)
        phones.append((key, make(order)))
    return Codes(
        trust,
        timekeeper,
        tuple(phones),
        lambda made_s, cti: make(server_made(document, signer, made_s, cti)),
    )
