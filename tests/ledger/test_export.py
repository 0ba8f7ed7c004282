"""Exports: small, exact, and refused as soon as one bit is another."""

from __future__ import annotations

import json
import random
import struct
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.ledger import columns
from firmware.ledger.audit import audit
from firmware.ledger.device import DeviceKey
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.export import MAGIC, Export, read, write
from firmware.ledger.note import KeyType, NoteKey
from firmware.ledger.proof import parse_proof, prove
from firmware.ledger.record import RECORD_BYTES, decode
from firmware.ledger.store import LedgerStore
from firmware.ledger.tree import Edge
from tests.ledger.exports import export_of, fill, made_export


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Export:
    return export_of(tmp_path_factory.mktemp("ledger"), 150)


def packed(export: Export) -> bytes:
    return b"".join(write(export))


def resigned(export: Export, bodies: list[bytes]) -> Export:
    """The export with other records, under a root and a signature of somebody else's device."""
    key = DeviceKey.from_bytes(bytes(32), "stranger")
    edge = export.edge.extend(bodies)
    return Export(key.note_key, export.edge, bodies, key.sign_checkpoint(edge.size, edge.root()))


def test_an_export_comes_back_and_holds(export: Export) -> None:
    again = read(packed(export))
    assert again == export
    found = audit(again)
    assert (found.records, found.first, found.checkpoint.size) == (150, 0, 151)
    assert sum(found.families.values()) == 150
    assert found.start is not None
    assert found.newest is not None
    assert found.newest.sequence == 150


def test_an_export_of_a_pruned_log_holds_without_what_is_gone(tmp_path: Path) -> None:
    export = export_of(tmp_path, 500, forget_days=0.03)
    assert 200 < export.edge.size < 300
    found = audit(read(packed(export)), export.key)
    assert (found.first, found.start) == (export.edge.size, None)
    assert found.records == 501 - export.edge.size


def test_an_empty_log_can_be_exported(tmp_path: Path) -> None:
    assert audit(read(packed(export_of(tmp_path, 0)))).records == 0


def test_every_flipped_bit_is_found(export: Export) -> None:
    data = packed(export)
    chance = random.Random(7)
    places = {*range(40), *chance.sample(range(len(data)), 400), len(data) - 1}
    for place in sorted(places):
        changed = data[:place] + bytes((data[place] ^ 1 << chance.randrange(8),)) + data[place + 1 :]
        with pytest.raises(LedgerDamagedError):
            audit(read(changed), export.key)


def test_every_cut_and_every_tail_is_found(export: Export) -> None:
    data = packed(export)
    for changed in (b"", data[:7], data[:11], data[:-1], data[: len(data) // 2], data + b"\x00", data + data):
        with pytest.raises(LedgerDamagedError):
            read(changed)


def test_records_left_out_exchanged_or_repeated_are_found(export: Export) -> None:
    bodies = export.bodies
    for changed in (bodies[:-1], bodies[:70] + bodies[71:], [*bodies, bodies[-1]], [bodies[0], *bodies[:0:-1]]):
        with pytest.raises(LedgerDamagedError):
            audit(replace(export, bodies=changed))


def test_a_log_under_another_key_is_refused_where_the_key_is_known(export: Export) -> None:
    stranger = resigned(export, export.bodies)
    assert audit(stranger).records == 150  # in itself it is a log: only the key says whose
    with pytest.raises(LedgerDamagedError, match="expected yanma/ledger"):
        audit(stranger, export.key)
    with pytest.raises(LedgerDamagedError):
        audit(replace(stranger, key=export.key), export.key)


def test_a_gap_in_the_numbers_is_found_even_under_a_good_signature(export: Export) -> None:
    with pytest.raises(LedgerDamagedError, match="record 71 expected, 72 found"):
        audit(resigned(export, export.bodies[:71] + export.bodies[72:]))
    with pytest.raises(LedgerDamagedError, match="first leaf in the middle"):
        audit(resigned(export, [*export.bodies, export.bodies[0]]))


def test_a_later_export_continues_an_earlier_checkpoint_and_a_rewritten_one_does_not(tmp_path: Path) -> None:
    with LedgerStore(tmp_path) as store:
        fill(store, 40)
        seen = store.checkpoint()
        fill(store, 40, seed=2)
        later = store.export(store.key.note_key, 0, store.checkpoint())
        assert audit(later, seen=[seen]).compared == 1
        key = store.key
    other = list(later.bodies)
    other[3] = other[3][:-1] + bytes((other[3][-1] ^ 1,))
    edge = Edge().extend(other)
    rewritten = replace(later, bodies=other, checkpoint=key.sign_checkpoint(edge.size, edge.root()))
    assert audit(rewritten).records == 80
    with pytest.raises(LedgerDamagedError, match="does not begin with"):
        audit(rewritten, seen=[seen])
    cut = replace(later, bodies=later.bodies[:10], checkpoint=key.sign_checkpoint(10, Edge().extend(other[:10]).root()))
    with pytest.raises(LedgerDamagedError):
        audit(cut, seen=[seen])


def test_an_upload_needs_at_most_25_bytes_a_record() -> None:
    export = made_export(4000)
    assert audit(export).records == 4000
    assert len(packed(export)) / 4000 <= 25


@given(st.lists(st.binary(min_size=RECORD_BYTES, max_size=RECORD_BYTES), max_size=30))
@settings(max_examples=60, deadline=None)
def test_columns_give_back_any_bytes_exactly(bodies: list[bytes]) -> None:
    assert columns.unpack(columns.pack(bodies)) == bodies


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_an_export_or_are_refused(data: bytes) -> None:
    for each in (data, MAGIC + data):
        with pytest.raises(LedgerDamagedError):
            read(each)


def test_a_column_that_inflates_beyond_its_limit_is_refused_before_it_is_inflated() -> None:
    """A decompression bomb: a frame of a few bytes that says it holds a gigabyte, and one that does not say."""
    bomb = zstandard.ZstdCompressor(level=1).compress(bytes(64 << 20))
    silent = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(1000))
    for frame in (bomb, silent):
        block = struct.pack(">H", 1) + (struct.pack(">I", len(frame)) + frame) * 10
        with pytest.raises(columns.ColumnsError, match="too large"):
            columns.unpack(block)


def test_a_block_of_too_many_records_is_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        columns.pack([bytes(RECORD_BYTES)] * (columns.MAX_RECORDS + 1))
    with pytest.raises(columns.ColumnsError, match="at most"):
        columns.unpack(struct.pack(">H", columns.MAX_RECORDS + 1))


@pytest.mark.parametrize(
    "change",
    [
        {"count": 10**9},
        {"first": -1},
        {"first": 5},
        {"count": True},
        {"edge": "AA=="},
        {"edge": [7]},
        {"more": 1},
        {"receipt": "none"},
        {"key": "x"},
    ],
    ids=str,
)
def test_a_head_that_contradicts_itself_is_refused(export: Export, change: dict[str, object]) -> None:
    data = packed(export)
    (length,) = struct.unpack_from(">I", data, 8)
    head = json.loads(data[12 : 12 + length]) | change
    said = json.dumps(head, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(LedgerDamagedError):
        audit(read(MAGIC + struct.pack(">I", len(said)) + said + data[12 + length :]))


def test_one_record_proves_itself_without_the_others(tmp_path: Path) -> None:
    with LedgerStore(tmp_path) as store:
        fill(store, 100)
        proof = prove(store, 42, store.checkpoint())
        key = store.key.note_key
        again = parse_proof(proof.text)
        assert again == proof
        assert again.require(key) == decode(proof.body)
        with pytest.raises(LedgerDamagedError, match="1 to 100"):
            prove(store, 101, store.checkpoint())
    other = NoteKey(key.name, KeyType.LOG, bytes(32))
    with pytest.raises(LedgerDamagedError):
        again.require(other)


def test_every_changed_character_of_a_proof_is_found(tmp_path: Path) -> None:
    with LedgerStore(tmp_path) as store:
        fill(store, 20)
        proof, key = prove(store, 7, store.checkpoint()), store.key.note_key
    text = proof.text
    for place in range(len(text)):
        changed = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
        with pytest.raises(LedgerDamagedError):
            parse_proof(changed).require(key)
