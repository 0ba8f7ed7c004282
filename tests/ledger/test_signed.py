"""Signed lines of the device: one form, one key, one purpose."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.ledger import canonical
from firmware.ledger.device import DeviceKey
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.signed import SignedError, read, require_signature, sign, signer_of
from tests.ledger.commissioning.test_commissioning import KEY, OTHER

CONTEXT = b"yanma test 1\n"
SAID = {"what": "校验", "number": 7}
MEMBERS = frozenset(SAID)
LINE = sign(SAID, KEY, CONTEXT)


def held(content: bytes, key: DeviceKey = KEY, context: bytes = CONTEXT) -> dict[str, object]:
    said = read(content, MEMBERS, 4096)
    require_signature(said, key.note_key, context)
    return said


def test_what_was_signed_is_read_again() -> None:
    assert {name: held(LINE)[name] for name in SAID} == SAID


@given(st.integers(0, len(LINE) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(place: int, flip: int) -> None:
    changed = LINE[:place] + bytes((LINE[place] ^ flip,)) + LINE[place + 1 :]
    with pytest.raises(LedgerDamagedError):
        held(changed)


def test_the_signature_of_another_key_or_for_another_purpose_is_none() -> None:
    for key, context in ((OTHER, CONTEXT), (KEY, b"yanma receipt 1\n")):
        with pytest.raises(SignedError, match="does not hold"):
            held(LINE, key, context)


def test_a_member_too_many_is_not_carried_along_unsigned() -> None:
    with pytest.raises(SignedError, match="other members"):
        held(canonical.encode(json.loads(LINE) | {"more": 1}) + b"\n")


def test_a_line_that_is_too_long_or_has_no_end_is_not_parsed() -> None:
    for content, most in ((LINE, len(LINE) - 1), (LINE[:-1], 4096)):
        with pytest.raises(SignedError, match="not one line"):
            read(content, MEMBERS, most)


def test_a_signature_in_another_form_is_another_byte() -> None:
    said = json.loads(LINE)
    for signature in (said["signature"] + "\n", said["signature"].rstrip("="), 7):
        with pytest.raises(SignedError):
            held(canonical.encode(said | {"signature": signature}) + b"\n")


def test_the_id_of_another_device_beside_a_key_is_refused() -> None:
    assert signer_of({"id": KEY.id, "key": KEY.note_key.text}) == KEY.note_key
    with pytest.raises(SignedError, match="not that of its key"):
        signer_of({"id": OTHER.id, "key": KEY.note_key.text})
