"""What the tests of the office share: a seeded office, the device's trust in it, and the device's verdicts."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path

from firmware.model import Kind, Moment, Profile, Scan, Verdict, Way, Word
from firmware.sync.store import load_trust
from firmware.verify.trust import TrustView
from firmware.verify.verifier import verify
from issuer.dates import SHANGHAI
from issuer.keys import ENVIRONMENT, KeyStore
from issuer.office import Office
from issuer.publish import write_trust

#: 2026-07-01 09:30 in Shanghai.
NOW_S = int(datetime(2026, 7, 1, 9, 30, tzinfo=SHANGHAI).timestamp())

_MARK = (Kind.INSPECTION_MARK, tuple(Way))
_LICENCE = (Kind.VEHICLE_LICENCE, (Way.LIVE,))
#: The posts of the product, as far as they matter to the office's two kinds.
POSTS = {
    "police": Profile("police", (_MARK, _LICENCE), Kind.INSPECTION_MARK, wanted=True, discreet=True),
    "gate": Profile("gate", (_MARK, _LICENCE), Kind.INSPECTION_MARK, plate_tail_only=True, kiosk=True),
    "insurer": Profile("insurer", (_MARK, _LICENCE), Kind.INSPECTION_MARK),
    "dealer": Profile(
        "dealer",
        (_MARK, _LICENCE),
        Kind.VEHICLE_LICENCE,
        stop_words=frozenset({Word.SEALED, Word.CUSTOMS, Word.LOCKED}),
    ),
}


def make_office(state: Path, seed: int = 1) -> Office:
    entropy = random.Random(seed).randbytes
    return Office(KeyStore(state, entropy), entropy)


def trust_of(office: Office, folder: Path, at_s: int = NOW_S) -> TrustView:
    """What a terminal believes of what this office publishes."""
    write_trust(folder, office.anchor, office.listed(), at_s)
    return load_trust(folder, folder / "anchors", ENVIRONMENT)


def judge(text: bytes, trust: TrustView, at_s: float, post: str = "police") -> Verdict:
    scan = Scan(text, "test", 0.0, reads=2)
    return verify(scan, trust, Moment.exactly(at_s), POSTS[post])
