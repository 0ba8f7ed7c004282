"""Whatever a stranger shows, the door answers, in time, and never with a GO."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.model import Family, Moment, Scan
from firmware.verify import base45, cbor
from firmware.verify.trust import TrustView
from firmware.verify.verifier import verify
from tests.shared_data import all_suites, vectors
from tests.world import NOW, POLICE, World, dumps, sign1

GOOD = (Family.GO, Family.GO_NOTICE)


@pytest.fixture(scope="module")
def trust() -> TrustView:
    return World().trust()


def answer(payload: bytes, trust: TrustView) -> Family:
    return verify(Scan(payload, "hostile", 0.0, reads=2), trust, Moment.exactly(NOW), POLICE).family


def dressings(data: bytes) -> Iterator[bytes]:
    """The bytes as they are, as the text of one of our codes, and inside a good signature's frame."""
    yield data
    yield b"JZ1:" + data
    yield b"JZ1:" + base45.encode(data)
    yield b"JZ1:" + base45.encode(b"\xd2\x84" + data)


def test_every_public_vector_gets_an_answer_and_none_a_go(trust: TrustView) -> None:
    for suite in all_suites():
        for vector in vectors(suite):
            data = bytes.fromhex(vector.get("input_hex") or "")
            for payload in dressings(data):
                assert answer(payload, trust) not in GOOD, (suite, vector["id"])


HEADS = [
    cbor.encode_head(major, argument)
    for major in range(8)
    for argument in (0, 1, 23, 24, 255, 256, 65535, 65536, (1 << 32) - 1, (1 << 64) - 1)
]


def test_heads_that_lie_about_their_length_get_an_answer(trust: TrustView) -> None:
    for first in HEADS:
        for second in HEADS:
            for payload in dressings(first + second):
                assert answer(payload, trust) not in GOOD


def test_signed_payloads_that_lie_get_an_answer() -> None:
    """The worst stranger is one with a key: an issuer whose office goes mad must not bring the terminal down."""
    world = World()
    trust = world.trust()
    header = {1: world.issuer.alg, 4: world.issuer.kid}
    bombs = [
        b"\x81" * 500,
        b"\xa1\x01" * 300,
        b"\x9b" + b"\xff" * 8,
        b"\xbb" + b"\xff" * 8,
        b"\x5b" + b"\xff" * 8,
        b"\xa0",
        b"\x80",
    ]
    bombs += [
        dumps({4: 1, 5: 0, 6: 0, 7: bytes(8), -70001: inner}) for inner in ({}, {1: 1}, {1: 1 << 63}, {"kind": 1})
    ]
    for payload in bombs:
        cose = sign1(world.issuer, header, payload)
        assert answer(b"JZ1:" + base45.encode(cose), trust) is Family.UNSURE


@given(st.lists(st.sampled_from(HEADS) | st.binary(max_size=12), max_size=40))
def test_random_cbor_like_bytes_get_an_answer(parts: list[bytes]) -> None:
    trust = World().trust()
    for payload in dressings(b"".join(parts)):
        assert answer(payload, trust) not in GOOD


def test_no_payload_takes_much_longer_than_a_good_one(trust: TrustView) -> None:
    """A stranger cannot buy time: medians of the same machine at the same time, so the bound is a ratio."""
    good = b"JZ1:" + base45.encode(World().live())
    random_bytes = random.Random(7).randbytes
    hostile = [p for size in (60, 500, 1000, 1500) for p in dressings(random_bytes(size))]
    hostile += [b"JZ1:" + b"0" * 1536, b"JZ1:" + base45.encode(b"\xd2\x84" + b"\x81" * 900), b"x" * 100_000]

    def cost(payload: bytes) -> float:
        times = []
        for _ in range(9):
            started = time.perf_counter()
            answer(payload, trust)
            times.append(time.perf_counter() - started)
        return median(times)

    assert max(cost(payload) for payload in hostile) < 10 * cost(good)
