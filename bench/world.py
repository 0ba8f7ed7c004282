"""Credentials and trust for the benchmarks: the office's demo offices, keys in a throw-away folder, one case an algorithm."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from firmware.model import Kind, Moment, Profile, Scan, Way
from firmware.sync.store import load_trust
from firmware.verify.credential import parse_credential
from firmware.verify.envelope import parse_envelope
from firmware.verify.signature import believe
from firmware.verify.trust import TrustView
from issuer.keys import KeyStore
from issuer.office import Form, Office, Wish
from issuer.people import VEHICLES
from issuer.publish import write_trust

PROFILE = Profile(
    name="bench",
    accepts=((Kind.INSPECTION_MARK, tuple(Way)), (Kind.VEHICLE_LICENCE, (Way.LIVE,))),
    asks_for=Kind.INSPECTION_MARK,
)
#: One car of each office, so of each algorithm.
_LEVELS = {Form.DOWNLOADED: "one level", Form.PHONE: "two levels"}
_OFFICES = ("beijing", "shanghai", "guangdong")


@dataclass(frozen=True)
class Case:
    """One credential to check, and the bare verify of its signatures alone (two for two levels)."""

    name: str
    scan: Scan
    trust: TrustView
    moment: Moment
    profile: Profile
    bare: Callable[[], None]


def cases() -> Iterator[Case]:
    with TemporaryDirectory() as folder:
        office = Office(KeyStore(Path(folder) / "state"))
        now_s = int(time.time())
        trust_folder = Path(folder) / "trust"
        write_trust(trust_folder, office.anchor, office.listed(), now_s)
        trust = load_trust(trust_folder, trust_folder / "anchors", "demo")
        for name in _OFFICES:
            vehicle = next(vehicle for vehicle in VEHICLES.values() if vehicle.office == name)
            for form in (Form.DOWNLOADED, Form.PHONE):
                text = office.text(Wish(Kind.INSPECTION_MARK, form, vehicle), now_s)
                yield _case(f"{office.key(name).alg_name}, {_LEVELS[form]}", text, trust, now_s)


def _case(name: str, text: bytes, trust: TrustView, now_s: int) -> Case:
    envelope = parse_envelope(text)
    credential = parse_credential(believe(envelope, trust.keys[envelope.kid]))
    signed = [(credential.believed.key.verify, envelope.credential)]
    if envelope.live is not None and credential.holder is not None:
        signed.append((credential.holder.verify, envelope.live.signed))
    calls = [(verify, sign1.signature, sign1.to_be_signed) for verify, sign1 in signed]

    def bare() -> None:
        for verify, signature, data in calls:
            verify(signature, data)

    scan = Scan(text, "bench", 0.0, reads=2)
    return Case(name, scan, trust, Moment.exactly(now_s + 1, 1), PROFILE, bare)
