"""What the tests of the office share: a seeded office, the device's trust in it, and the device's verdicts."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path

import zxingcpp
from PIL import Image

from firmware.model import Moment, Scan, Verdict
from firmware.profiles import load_profile
from firmware.sync.store import load_trust
from firmware.verify.trust import TrustView
from firmware.verify.verifier import verify
from issuer.dates import SHANGHAI
from issuer.keys import ENVIRONMENT, KeyStore
from issuer.office import Office
from issuer.publish import write_trust

#: 2026-07-01 09:30 in Shanghai.
NOW_S = int(datetime(2026, 7, 1, 9, 30, tzinfo=SHANGHAI).timestamp())


def make_office(state: Path, seed: int = 1) -> Office:
    entropy = random.Random(seed).randbytes
    return Office(KeyStore(state, entropy), entropy)


def read_code(picture: Image.Image) -> zxingcpp.Barcode:
    """The one QR code in a picture. Only QR is looked for: noise now and then looks like a bar code."""
    (code,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return code


def trust_of(office: Office, folder: Path, at_s: int = NOW_S) -> TrustView:
    """What a terminal believes of what this office publishes."""
    write_trust(folder, office.anchor, office.listed(), at_s)
    return load_trust(folder, folder / "anchors", ENVIRONMENT)


def judge(text: bytes, trust: TrustView, at_s: float, post: str = "police") -> Verdict:
    scan = Scan(text, "test", 0.0, reads=2)
    return verify(scan, trust, Moment.exactly(at_s), load_profile(post))
