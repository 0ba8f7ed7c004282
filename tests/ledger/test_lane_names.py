"""The names of lanes: given once, signed by the device, and never believed without the signature."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.ledger.audit import audit
from firmware.ledger.device import DeviceKey
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.export import Export, read, write
from firmware.ledger.lane_names import parse_names, sign_names
from firmware.ledger.reader import LedgerReader
from firmware.ledger.record import MAX_LANE, NO_LANE
from firmware.ledger.schema import connect, number_of
from firmware.ledger.store import FILE_NAME, LedgerStore
from tests.ledger.exports import fill
from tests.ledger.test_store import ENTRY

KEY = DeviceKey.from_bytes(bytes(range(32)), "test")
NAMES = st.dictionaries(
    st.integers(1, MAX_LANE), st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True), min_size=1, max_size=20
)


def exported(folder: Path) -> Export:
    """Two lanes' records, and the names that say which is whose."""
    for lane, count in (("entry", 3), ("exit", 2), ("entry", 1)):
        with LedgerStore(folder, lane=lane) as store:
            fill(store, count)
    with LedgerStore(folder) as store:
        names = sign_names(store.key, store.lanes())
        return store.export(store.key.note_key, 0, store.checkpoint(), names)


def packed(export: Export) -> bytes:
    return b"".join(write(export))


@given(NAMES)
def test_names_come_back_and_hold(names: dict[int, str]) -> None:
    signed = sign_names(KEY, names)
    assert signed is not None
    again = parse_names(signed.fields())
    assert again == signed
    again.require(KEY.note_key)


def test_without_lanes_nothing_is_said(tmp_path: Path) -> None:
    assert sign_names(KEY, {}) is None
    with LedgerStore(tmp_path) as store:
        fill(store, 3)
        assert store.lanes() == {}
        assert [record.lane for record in store.records()] == [NO_LANE] * 3


def test_a_lane_keeps_its_number_and_each_record_says_it(tmp_path: Path) -> None:
    for lane in ("entry", "exit", "entry"):
        with LedgerStore(tmp_path, lane=lane) as store:
            store.append(ENTRY)
    with LedgerReader.in_folder(tmp_path) as reader:
        assert reader.lanes() == {1: "entry", 2: "exit"}
        assert [record.lane for record in reader.records()] == [1, 2, 1]


def test_the_names_outlive_the_records_and_a_new_device_key(tmp_path: Path) -> None:
    exported(tmp_path)
    (tmp_path / "device.key").unlink()
    with LedgerStore(tmp_path, lane="exit") as store:
        assert store.lanes() == {1: "entry", 2: "exit"}
        assert [record.lane for record in store.records()] == [1, 1, 1, 2, 2, 1]
        store.forget_before(ENTRY.utc_s + 10**6)
        assert store.count() == 0
        assert store.lanes() == {1: "entry", 2: "exit"}


def test_a_lane_too_many_is_written_without_a_number_and_not_dropped(tmp_path: Path) -> None:
    with LedgerStore(tmp_path):
        base = connect(tmp_path / FILE_NAME)
        base.executemany("INSERT INTO lane VALUES (?, ?)", ((n, f"lane-{n}") for n in range(1, MAX_LANE)))
        assert number_of(base, "last") == MAX_LANE
        assert number_of(base, "beyond") == NO_LANE
        assert number_of(base, "last") == MAX_LANE
        base.close()
    with LedgerStore(tmp_path, lane="beyond") as store:
        assert store.append(ENTRY) == 1
        assert [record.lane for record in store.records()] == [NO_LANE]


def test_a_ledger_from_before_there_were_lanes_is_read_and_goes_on(tmp_path: Path) -> None:
    with LedgerStore(tmp_path) as store:
        fill(store, 3)
    base = connect(tmp_path / FILE_NAME)
    base.execute("DROP TABLE lane")
    base.close()
    with LedgerReader.in_folder(tmp_path) as reader:
        assert reader.lanes() == {}
        assert reader.verify() == 3
    with LedgerStore(tmp_path, lane="entry") as store:
        assert store.append(ENTRY) == 4
        assert store.lanes() == {1: "entry"}
        assert store.verify(store.key.note_key) == 4


def test_an_export_tells_the_lanes_apart(tmp_path: Path) -> None:
    found = audit(read(packed(exported(tmp_path))))
    assert found.lanes == {"entry": 4, "exit": 2}
    assert sum(found.families.values()) == 6


def test_a_lane_that_was_renamed_after_signing_is_found(tmp_path: Path) -> None:
    """The defect it stops: what one lane did is put down to another by a change of one word in the head."""
    export = exported(tmp_path)
    for changed in (b'{"1":"exit","2":"entry"}', b'{"1":"entry","2":"exix"}', b'{"1":"entry","3":"exit"}'):
        data = packed(export).replace(b'{"1":"entry","2":"exit"}', changed)
        with pytest.raises(LedgerDamagedError, match="names of the lanes"):
            audit(read(data))


def test_names_signed_by_another_device_are_refused(tmp_path: Path) -> None:
    export = exported(tmp_path)
    with pytest.raises(LedgerDamagedError, match="names of the lanes"):
        audit(replace(export, lanes=sign_names(KEY, {1: "entry", 2: "exit"})))


def test_a_number_that_nobody_named_is_told_as_a_number(tmp_path: Path) -> None:
    assert audit(replace(exported(tmp_path), lanes=None)).lanes == {"#1": 4, "#2": 2}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("names", {}),
        ("names", []),
        ("names", {"0": "a"}),
        ("names", {"256": "a"}),
        ("names", {"01": "a"}),
        ("names", {"1": ""}),
        ("names", {"1": "a\nb"}),
        ("names", {"1": "a" * 65}),
        ("names", {"1": 7}),
        ("names", {str(n): "a" for n in range(1, MAX_LANE + 2)}),
        ("signature", "%%"),
        ("signature", 7),
        ("signature", None),
        ("signature", "AA=="),
        ("more", 1),
    ],
)
def test_fields_that_are_no_table_of_lanes_are_refused(field: str, value: Any) -> None:
    signed = sign_names(KEY, {1: "entry"})
    assert signed is not None
    fields = copy.deepcopy(signed.fields()) | {field: value}
    with pytest.raises(LedgerDamagedError):
        parse_names(fields).require(KEY.note_key)


@pytest.mark.parametrize("fields", [None, [], "names", 1, {}])
def test_what_is_no_table_at_all_is_refused(fields: object) -> None:
    with pytest.raises(LedgerDamagedError):
        parse_names(fields)
