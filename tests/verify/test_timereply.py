"""A signed reply about the time: every way in which one that somebody hands in is not one, and the edges of what is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.verify.algorithms.base import UnavailableError
from firmware.verify.timereply import MAX_RADIUS_MS, MAX_REPLY_BYTES, TimeReply, read_time_reply
from firmware.verify.trust import UntrustedError
from firmware.verify.wire import MAX_NUMERIC_DATE, KeyField
from tests.world import DAY, NOW, Key, World, dumps, sign1

TYPE = "application/yanma-time+cwt"
SERVER = Key.es256(7007)
WORLD = World(more_keys=[World().key_record(SERVER, ["time"])])
KEYS = WORLD.trust().keys
NONCE = bytes(range(16))
NOT_ONE = r"^time reply: not \{nonce, \[milliseconds, radius\]\}$"


def reply(claims: Any = None, *, key: Key = SERVER, alg: int | None = None, type_: str = TYPE) -> bytes:
    content = {10: NONCE, -70005: [NOW * 1000, 100]} if claims is None else claims
    return sign1(key, {1: key.alg if alg is None else alg, 4: key.kid, 16: type_}, dumps(content))


def at(utc_ms: Any, radius_ms: Any = 100, nonce: Any = NONCE) -> dict[int, Any]:
    return {10: nonce, -70005: [utc_ms, radius_ms]}


def test_a_good_reply_says_nonce_time_and_radius_in_seconds() -> None:
    assert read_time_reply(reply(at(NOW * 1000 + 250, 40)), KEYS) == TimeReply(NONCE, NOW + 0.25, 0.04)


@pytest.mark.parametrize("radius_ms", [0, MAX_RADIUS_MS])
def test_both_ends_of_the_radius_are_inside(radius_ms: int) -> None:
    assert read_time_reply(reply(at(NOW * 1000, radius_ms)), KEYS).radius_s == radius_ms / 1000


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "^time reply: "),
        (reply()[:-1], "^time reply: "),
        (reply() + b"\x00", "^time reply: "),
        (reply() + bytes(MAX_REPLY_BYTES), "^time reply: "),
        (sign1(SERVER, {1: SERVER.alg, 4: SERVER.kid, 16: TYPE}, b"\xff"), "^time reply: "),
        (reply(type_="application/statuslist+cwt"), "^time reply: another type$"),
        (reply(key=WORLD.issuer), "^time reply: signed by no key for time of the trust list$"),
        (reply(key=Key.es256(66)), "^time reply: signed by no key for time of the trust list$"),
        (reply(key=Key.es256(66, SERVER.kid)), "^time reply: the signature does not hold$"),
        (reply(alg=-8), "^time reply: the signature does not hold$"),
        (reply([1, 2]), NOT_ONE),
        (reply({10: NONCE}), NOT_ONE),
        (reply(at(NOW * 1000) | {6: NOW}), NOT_ONE),
        (reply(at(NOW * 1000, nonce=NONCE[:15])), NOT_ONE),
        (reply(at(NOW * 1000, nonce=NONCE + b"\x00")), NOT_ONE),
        (reply(at(NOW * 1000, nonce="0123456789abcdef")), NOT_ONE),
        (reply({10: NONCE, -70005: NOW}), NOT_ONE),
        (reply({10: NONCE, -70005: [NOW * 1000]}), NOT_ONE),
        (reply({10: NONCE, -70005: [NOW * 1000, 100, 1]}), NOT_ONE),
        (reply(at(True)), NOT_ONE),
        (reply(at("now")), NOT_ONE),
        (reply(at(NOW * 1000, False)), NOT_ONE),
        (reply(at(NOW * 1000, -1)), r"^time reply: out of range \(radius -1 ms, at most 10000\)$"),
        (reply(at(NOW * 1000, MAX_RADIUS_MS + 1)), r"^time reply: out of range \(radius 10001 ms, at most 10000\)$"),
        (reply(at(-1)), "^time reply: out of range"),
        (reply(at((MAX_NUMERIC_DATE + 1) * 1000)), "^time reply: out of range"),
        (reply(at((NOW + 401 * DAY) * 1000)), "^time reply: made outside the dates of its key$"),
        (reply(at((NOW - 401 * DAY) * 1000)), "^time reply: made outside the dates of its key$"),
    ],
)
def test_what_is_no_reply_is_refused_in_its_own_words(data: bytes, said: str) -> None:
    with pytest.raises(UntrustedError, match=said):
        read_time_reply(data, KEYS)


@pytest.mark.parametrize("days", [-400, 400])
def test_the_dates_of_the_key_are_inside(days: int) -> None:
    assert read_time_reply(reply(at((NOW + days * DAY) * 1000)), KEYS).utc_s == NOW + days * DAY


def test_of_two_keys_with_one_kid_the_one_that_signed_counts_with_its_own_dates() -> None:
    twin = Key.es256(66, SERVER.kid)
    ended = World().key_record(twin, ["time"]) | {KeyField.SIGNS_UNTIL: NOW - 1}
    keys = World(more_keys=[World().key_record(SERVER, ["time"]), ended]).trust().keys
    assert read_time_reply(reply(), keys).utc_s == NOW
    with pytest.raises(UntrustedError, match="outside the dates"):
        read_time_reply(reply(key=twin), keys)


def test_a_key_that_may_also_do_other_things_may_tell_the_time() -> None:
    keys = World(more_keys=[World().key_record(SERVER, ["status", "time"])]).trust().keys
    assert read_time_reply(reply(), keys).nonce == NONCE


def test_a_library_that_does_not_work_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_signature: bytes, _message: bytes) -> None:
        raise UnavailableError("no libcrypto")

    (record,) = KEYS[SERVER.kid]
    keys = {SERVER.kid: (record.__class__(**{**_fields(record), "verify": broken}),)}
    with pytest.raises(UntrustedError, match="does not hold"):
        read_time_reply(reply(), keys)


def _fields(record: Any) -> dict[str, Any]:
    names = getattr(record, "_fields", None) or record.__slots__
    return {name: getattr(record, name) for name in names}


@given(st.binary(max_size=600))
def test_any_bytes_are_a_reply_or_refused(data: bytes) -> None:
    with pytest.raises(UntrustedError):
        read_time_reply(data, KEYS)
