"""What the register token says of bytes that it refuses, word for word: operators read it in `yanma sync` and `yanma doctor`."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.verify.register_token import MAX_REGISTER_BYTES, DeltaOffer, Parcel, parse_register_token
from firmware.verify.trust import UntrustedError
from firmware.verify.wire import MAX_DELTAS, MAX_NUMERIC_DATE, Claim, RegisterField
from tests.verify.test_register import CONTENT, OTHER, claims
from tests.world import DAY, NOW, dumps

GOOD = [8, 9, CONTENT, 100, 120, CONTENT]


def body(**changes: Any) -> bytes:
    return dumps(claims(**changes))


def claimed(claim: int, value: Any) -> bytes:
    return dumps(claims() | {claim: value})


def without(field: RegisterField) -> bytes:
    content = claims()
    del content[Claim.REGISTER][field]
    return dumps(content)


def delta(place: int, value: Any) -> bytes:
    row = list(GOOD)
    row[place] = value
    return body(deltas=[row])


def test_a_good_token_is_read_to_the_last_field() -> None:
    token = parse_register_token(body())
    assert (token.serial, token.issued_s, token.expires_s) == (9, NOW - 600, NOW + 30 * DAY)
    assert (token.content, token.size_bytes, token.snapshot) == (CONTENT, 5000, Parcel(OTHER, 4000))
    assert token.deltas == (
        DeltaOffer(7, 8, Parcel(OTHER, 100), 120, OTHER),
        DeltaOffer(8, 9, Parcel(CONTENT, 100), 120, CONTENT),
    )


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"\xff", "register token: cbor: "),
        (dumps([1]), "the register token is no map"),
        (dumps({Claim.IAT: NOW}), "register token: other claims than expected"),
        (claimed(Claim.SUB, "x"), "register token: other claims than expected"),
        (claimed(Claim.REGISTER, [1]), "the register is no map"),
        (without(RegisterField.SIZE), "a register with other fields than the profile has"),
        (claimed(Claim.IAT, "now"), "an instant is no whole number"),
        (claimed(Claim.EXP, -1), "an instant is no whole number"),
        (claimed(Claim.EXP, MAX_NUMERIC_DATE + 1), "an instant after the year 9999"),
        (claimed(Claim.EXP, NOW - 601), "register token: ends before it was made"),
        (body(serial=True), "a serial is no whole number"),
        (body(serial=-1), "a serial is no whole number"),
        (body(content=b"\x11" * 31), "a hash that is not of 32 bytes"),
        (body(content="x" * 32), "a hash that is not of 32 bytes"),
        (body(size="5000"), "a size is no whole number"),
        (body(size=0), "a size that no register has"),
        (body(size=MAX_REGISTER_BYTES + 1), "a size that no register has"),
        (body(snapshot=OTHER), "the snapshot is no list"),
        (body(snapshot=[OTHER]), "a parcel with other fields than the profile has"),
        (body(snapshot=[OTHER, 1, 2]), "a parcel with other fields than the profile has"),
        (body(snapshot=[OTHER[:5], 1]), "a hash that is not of 32 bytes"),
        (body(snapshot=[OTHER, 0]), "a size that no register has"),
        (body(deltas={}), "the list of deltas is no list"),
        (body(deltas=[7]), "the delta is no list"),
        (body(deltas=[GOOD[:5]]), "a delta with other fields than the profile has"),
        (body(deltas=[[*GOOD, 1]]), "a delta with other fields than the profile has"),
        (delta(0, "8"), "a serial is no whole number"),
        (delta(1, None), "a serial is no whole number"),
        (delta(2, CONTENT[1:]), "a hash that is not of 32 bytes"),
        (delta(3, -1), "a size is no whole number"),
        (delta(4, 0), "a size that no register has"),
        (delta(5, b""), "a hash that is not of 32 bytes"),
        (delta(5, OTHER), "a delta that leads to another register of this serial"),
        (delta(0, 9), "a delta that does not lead forward to the register"),
        (delta(1, 10), "a delta that does not lead forward to the register"),
        (body(deltas=[GOOD, GOOD]), "deltas out of order, or twice"),
        (body(deltas=[GOOD, [7, 9, CONTENT, 1, 1, CONTENT]]), "deltas out of order, or twice"),
        (body(serial=600, deltas=[[n, n + 1, OTHER, 1, 1, OTHER] for n in range(MAX_DELTAS + 1)]), "more than 512 deltas"),
    ],
)  # fmt: skip
def test_what_is_no_token_is_refused_in_these_words(payload: bytes, said: str) -> None:
    with pytest.raises(UntrustedError) as caught:
        parse_register_token(payload)
    told = str(caught.value)
    assert told.startswith(said) if said.endswith(" ") else told == said


def test_the_bounds_of_sizes_and_of_the_number_of_deltas_are_inside() -> None:
    assert parse_register_token(body(size=MAX_REGISTER_BYTES)).size_bytes == MAX_REGISTER_BYTES
    assert parse_register_token(body(size=1, snapshot=[OTHER, 1])).snapshot.size_bytes == 1
    many = [[n, n + 1, OTHER, 1, 1, OTHER] for n in range(MAX_DELTAS)]
    assert len(parse_register_token(body(serial=600, deltas=many)).deltas) == MAX_DELTAS
    same_start = [[7, 8, OTHER, 1, 1, OTHER], [7, 9, CONTENT, 1, 1, CONTENT]]
    assert len(parse_register_token(body(deltas=same_start)).deltas) == 2


def test_a_token_of_one_second_is_one() -> None:
    token = parse_register_token(claimed(Claim.EXP, NOW - 600))
    assert token.issued_s == token.expires_s
