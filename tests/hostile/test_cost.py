"""No code costs the terminal much more than a good one: a stranger cannot buy time, and neither can an office gone mad.

Ratios of one machine in one run: the least of several tries, so that a busy machine does not decide.
"""

from __future__ import annotations

import time
from typing import Final

import pytest

from firmware.model import Moment, Scan
from firmware.verify.trust import TrustView
from firmware.verify.verifier import verify
from tests.hostile.shapes import PAYLOAD, SHAPES, WORLD, payload
from tests.hostile.test_fields import NO_CBOR_OF_OURS, claims_of, document_of, encoded
from tests.world import NOW, POLICE, sign1, text

TRIES: Final = 7
MOST: Final = 10.0
KEY: Final = WORLD.issuer
#: As long as a message may be, each filled with what is dearest to read.
FILLERS: Final = {
    "items": b"\x98\x7e" + b"\x00" * 126,
    "maps": b"\x86" + b"\x81" * 4 + b"\xa0" * 6,
    "keys": b"\xb8\x3f" + b"".join(b"\x18" + bytes((24 + i,)) + b"\x00" for i in range(63)),
    "text": b"\x79\x03\x20" + "京".encode() * 266 + b"ab",
    "bytes": b"\x59\x03\x20" + bytes(800),
    "great-numbers": b"\x98\x60" + b"\x1b" + b"\xff" * 8 + (b"\x1b" + b"\xff" * 8) * 95,
    "nested": b"\x81" * 900,
}


@pytest.fixture(scope="module")
def trust() -> TrustView:
    return WORLD.trust()


def cost(code: bytes, trust: TrustView) -> float:
    scan, moment = Scan(code, "hostile", 0.0, reads=2), Moment.exactly(NOW)
    tries = []
    for _ in range(TRIES):
        started = time.perf_counter()
        verify(scan, trust, moment, POLICE)
        tries.append(time.perf_counter() - started)
    return min(tries)


def dear_codes() -> dict[str, bytes]:
    codes = {name: text(cose) for name, (cose, _) in SHAPES.items()}
    codes |= {f"live-{name}": text(WORLD.live(cose)) for name, (cose, _) in SHAPES.items()}
    codes |= {
        f"signed-{name}": text(payload(b"\x59" + len(data).to_bytes(2, "big") + data, data))
        for name, data in FILLERS.items()
    }
    codes |= {f"bare-{name}": b"JZ1:" + data for name, data in FILLERS.items()}
    for name, value in (FILLERS | NO_CBOR_OF_OURS).items():
        inner = sign1(KEY, {1: KEY.alg, 4: KEY.kid}, encoded(claims_of(document_of(1, {5: value}))))
        codes[f"plate-{name}"] = text(WORLD.live(inner))
    codes |= {
        "longest-text": b"JZ1:" + b"A" * 1536,
        "too-long-text": b"JZ1:" + b"A" * 1_000_000,
        "too-long-foreign": b"x" * 1_000_000,
        "over-base45": b"JZ1:" + b":" * 1536,
        "payload-twice": text(payload(PAYLOAD * 2)),
    }
    return codes


def test_no_code_costs_ten_times_a_good_one(trust: TrustView) -> None:
    inner = sign1(KEY, {1: KEY.alg, 4: KEY.kid}, encoded(claims_of(document_of(1, {}))))
    good = cost(text(WORLD.live(inner)), trust)
    dear = {name: cost(code, trust) / good for name, code in dear_codes().items()}
    assert {name: ratio for name, ratio in dear.items() if ratio > MOST} == {}
