"""The 53 bytes of a record: every word survives the round trip, and nothing else is accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.record import (
    FAMILY_CODES,
    KIND_CODES,
    LEVEL_CODES,
    MAX_LANE,
    MAX_U24,
    MAX_U32,
    NO_LANE,
    REASON_CODES,
    RECORD_BYTES,
    WORD_CODES,
    Record,
    decode,
    encode,
)
from firmware.model import ClockLevel, Family, Kind, Reason, Word

DIGESTS = st.binary(min_size=16, max_size=16).filter(any)
KIDS = st.binary(min_size=8, max_size=8).filter(any)

RECORDS = st.builds(
    Record,
    sequence=st.integers(0, MAX_U32),
    utc_s=st.integers(0, 4_000_000_000_000).map(lambda ms: ms / 1000),
    level=st.sampled_from(ClockLevel),
    family=st.sampled_from(Family),
    reason=st.sampled_from(Reason),
    kind=st.none() | st.sampled_from(Kind),
    credential=st.none() | DIGESTS,
    kid=st.none() | KIDS,
    trust_version=st.none() | st.integers(0, MAX_U32 - 1),
    rules_version=st.none() | st.integers(0, MAX_U32 - 1),
    elapsed_ms=st.integers(0, MAX_U24).map(lambda us: us / 1000),
    word=st.none() | st.sampled_from(Word),
    lane=st.integers(0, MAX_LANE),
)


@given(RECORDS)
def test_a_record_comes_back_as_it_was_written(record: Record) -> None:
    body = encode(record)
    assert len(body) == RECORD_BYTES == 53
    assert decode(body) == record
    assert encode(decode(body)) == body


@pytest.mark.parametrize(
    ("codes", "words"),
    [(LEVEL_CODES, ClockLevel), (FAMILY_CODES, Family), (REASON_CODES, Reason), (KIND_CODES, Kind), (WORD_CODES, Word)],
)
def test_every_word_has_a_number_of_its_own(codes: dict[object, int], words: type) -> None:
    assert set(codes) == set(words)
    assert len(set(codes.values())) == len(codes)
    assert all(0 <= code <= 255 for code in codes.values())


def test_a_reason_and_a_family_share_one_byte() -> None:
    assert max(REASON_CODES.values()) < 32
    assert max(FAMILY_CODES.values()) < 8


@given(RECORDS, st.integers(0, MAX_U32))
def test_a_record_from_before_there_were_lanes_is_still_read(record: Record, elapsed_us: int) -> None:
    """Version 2: the four last bytes are the duration. The defect it stops: a long one that is read as a lane."""
    body = b"\x02" + encode(record)[1:-4] + elapsed_us.to_bytes(4, "big")
    assert decode(body) == replace(record, elapsed_ms=elapsed_us / 1000, lane=NO_LANE)


@given(RECORDS, st.integers(0, MAX_U32))
def test_a_record_of_version_1_says_the_same_without_word_and_lane(record: Record, elapsed_us: int) -> None:
    whole = encode(record)
    said = bytes((FAMILY_CODES[record.family], REASON_CODES[record.reason]))
    body = b"\x01" + whole[1:14] + said + whole[16:-4] + elapsed_us.to_bytes(4, "big")
    assert decode(body) == replace(record, elapsed_ms=elapsed_us / 1000, lane=NO_LANE, word=None)


@pytest.mark.parametrize("lane", [-1, MAX_LANE + 1])
def test_a_lane_outside_its_byte_is_our_own_error(lane: int) -> None:
    record = Record(1, 0.0, ClockLevel.T3, Family.GO, Reason.VALID, None, None, None, None, None, 0.0, lane=lane)
    with pytest.raises(ValueError, match="255"):
        encode(record)


def test_a_record_of_a_version_to_come_is_refused() -> None:
    record = Record(1, 0.0, ClockLevel.T3, Family.GO, Reason.VALID, None, None, None, None, None, 0.0)
    with pytest.raises(LedgerDamagedError, match="version 3 expected, 4 found"):
        decode(b"\x04" + encode(record)[1:])


def test_a_record_of_the_first_release_is_still_read() -> None:
    body = bytes.fromhex("01000000070000019eab2b8b4003050301") + bytes(24) + b"\xff" * 8 + bytes(4)
    record = decode(body)
    assert (record.sequence, record.family, record.reason, record.kind) == (
        7,
        Family.STOP,
        Reason.EXPIRED,
        Kind.INSPECTION_MARK,
    )
    assert (record.word, record.credential, record.trust_version) == (None, None, None)


@given(st.binary(max_size=120))
def test_strange_bytes_are_a_record_or_a_named_error(body: bytes) -> None:
    try:
        record = decode(body)
    except LedgerDamagedError:
        return
    assert record.reason in Reason


@pytest.mark.parametrize("length", [0, RECORD_BYTES - 1, RECORD_BYTES + 1])
def test_a_record_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(LedgerDamagedError, match="53 bytes"):
        decode(bytes(length))


def test_durations_and_times_beyond_the_layout_are_cut_to_its_ends() -> None:
    record = Record(1, -5.0, ClockLevel.T0, Family.GO, Reason.VALID, None, None, None, 1 << 40, None, 1e12)
    kept = decode(encode(record))
    assert (kept.utc_s, kept.trust_version, kept.elapsed_ms) == (0.0, MAX_U32 - 1, MAX_U24 / 1000)
    assert kept.lane == NO_LANE  # a duration that is too long never spills into the lane


def test_a_digest_of_another_length_is_our_own_error() -> None:
    record = Record(1, 0.0, ClockLevel.T3, Family.GO, Reason.VALID, None, b"short", None, None, None, 0.0)
    with pytest.raises(ValueError, match="16 bytes"):
        encode(record)
