"""Commissioning records: what is signed is what is read, and nothing else is a record."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.ledger import canonical
from firmware.ledger.commissioning.body import (
    MAX_LINES,
    MAX_RECORD_BYTES,
    CommissioningError,
    Line,
    Outcome,
    Why,
    parse,
    seal,
)
from firmware.ledger.commissioning.folder import BusyError, add, held, last, verify_row
from firmware.ledger.device import DeviceKey
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.signed import SignedError

KEY = DeviceKey.from_bytes(b"k" * 32, "test")
OTHER = DeviceKey.from_bytes(b"o" * 32, "test")
LINES = (
    Line("display", Outcome.PASS, "四幅图案 0 次错误", figures={"errors": 0}),
    Line("focus", Outcome.FAIL, "peak 12", figures={"peak": 12}),
    Line("relay", Outcome.SKIP, "no barrier", Why.NOT_FITTED),
)


def said(key: DeviceKey = KEY) -> dict[str, Any]:
    return {
        "format": "yanma-commissioning/1",
        "device": {"id": key.id, "key": key.note_key.text, "firmware": "0.1.0"},
        "terminal": {"id": "post-7", "lane": "1", "profile": "police", "environment": "demo"},
        "config": "ab" * 32,
        "made": {"utc_s": 1_800_000_000, "clock": "T2", "doubt_s": 1},
        "attended": True,
        "lines": [line.fields for line in LINES],
        "baseline": {"focus_peak": 61, "display_errors": 0},
    }


BODY = {**said(), "number": 1, "previous": ""}
GOOD = seal(BODY, KEY).content


def test_what_was_said_is_read_again() -> None:
    record = parse(GOOD, KEY.note_key)
    assert record.lines == tuple(
        Line(line.name, line.outcome, line.evidence, line.why, dict(line.figures or {})) for line in LINES
    )
    assert (record.number, record.made_s, record.baseline["focus_peak"]) == (1, 1_800_000_000, 61)
    assert [sum(line.outcome is outcome for line in record.lines) for outcome in Outcome] == [1, 1, 1]


@pytest.mark.parametrize("place", range(len(GOOD)))
def test_any_byte_changed_is_refused(place: int) -> None:
    for changed in (GOOD[place] ^ 1, GOOD[place] ^ 0x80):
        with pytest.raises(LedgerDamagedError):
            parse(GOOD[:place] + bytes((changed,)) + GOOD[place + 1 :])


@pytest.mark.parametrize("content", [b"", b"\n", GOOD[:-1], GOOD + b"\n", GOOD * 2, b" " * MAX_RECORD_BYTES + GOOD])
def test_something_less_or_more_than_a_record_is_refused(content: bytes) -> None:
    with pytest.raises(LedgerDamagedError):
        parse(content)


def test_a_record_of_another_device_says_nothing_of_this_one() -> None:
    with pytest.raises(CommissioningError, match="expected"):
        parse(seal({**said(OTHER), "number": 1, "previous": ""}, OTHER).content, KEY.note_key)


def test_a_record_that_names_our_key_and_is_signed_by_another_is_refused() -> None:
    forged = json.loads(GOOD)
    forged["signature"] = base64.b64encode(
        OTHER.sign(b"yanma commissioning 1\n" + canonical.encode({"record": BODY}))
    ).decode()
    with pytest.raises(SignedError, match="signature"):
        parse(canonical.encode(forged) + b"\n")


def test_a_signature_for_another_purpose_is_none_here() -> None:
    forged = json.loads(GOOD)
    forged["signature"] = base64.b64encode(KEY.sign(b"yanma receipt 1\n" + canonical.encode({"record": BODY}))).decode()
    with pytest.raises(SignedError, match="signature"):
        parse(canonical.encode(forged) + b"\n")


Body = dict[str, Any]
DEFECTS: dict[str, Callable[[Body], object]] = {
    "a member too many": lambda body: body.update(more=1),
    "a member missing": lambda body: body.pop("attended"),
    "another form": lambda body: body.update(format="yanma-commissioning/2"),
    "the number zero": lambda body: body.update(number=0),
    "a number that is true": lambda body: body.update(number=True),
    "a digest that is too short": lambda body: body.update(previous="ab"),
    "a configuration's digest in capitals": lambda body: body.update(config="AB" * 32),
    "attended by a word": lambda body: body.update(attended="yes"),
    "the id of another device": lambda body: body["device"].update(id=OTHER.id),
    "a device's member too many": lambda body: body["device"].update(owner="wang"),
    "a terminal that is a list": lambda body: body.update(terminal=[]),
    "a time before 1970": lambda body: body["made"].update(utc_s=-1),
    "a time that is a text": lambda body: body["made"].update(utc_s="now"),
    "no lines": lambda body: body.update(lines=[]),
    "too many lines": lambda body: body.update(
        lines=[{**LINES[0].fields, "name": f"l{n}"} for n in range(MAX_LINES + 1)]
    ),
    "two lines of one name": lambda body: body.update(lines=[LINES[0].fields] * 2),
    "a fourth answer": lambda body: body["lines"][0].update(outcome="MAYBE"),
    "a pass with a reason to skip": lambda body: body["lines"][0].update(why="not-fitted"),
    "a skip without one": lambda body: body["lines"][2].update(why=""),
    "a figure that is a text": lambda body: body["lines"][0].update(figures={"errors": "0"}),
    "a figure that is true": lambda body: body.update(baseline={"errors": True}),
    "a name with a space": lambda body: body["lines"][0].update(name="the display"),
    "evidence without end": lambda body: body["lines"][0].update(evidence="x" * 401),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_body_out_of_form_is_never_signed_nor_read(defect: str) -> None:
    body = copy.deepcopy(BODY)
    DEFECTS[defect](body)
    with pytest.raises(LedgerDamagedError):
        seal(body, KEY)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(content: bytes) -> None:
    with pytest.raises(LedgerDamagedError):
        parse(content + b"\n")


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
    )
)
def test_no_value_in_the_place_of_another_breaks_the_parser(value: object) -> None:
    for member in BODY:
        body = {**copy.deepcopy(BODY), member: value}
        if body != BODY:
            try:
                record = seal(body, KEY)
            except LedgerDamagedError:
                continue
            assert record.body == body


def test_records_follow_each_other_and_a_missing_one_is_seen(tmp_path: Path) -> None:
    assert last(tmp_path / "none") is None
    with held(tmp_path / "row"):
        for _ in range(3):
            add(tmp_path / "row", said(), KEY)
    assert [record.number for record in verify_row(tmp_path / "row", KEY.note_key)] == [1, 2, 3]
    newest = last(tmp_path / "row", KEY.note_key)
    assert newest is not None
    assert newest.number == 3
    assert (tmp_path / "row" / "000003.json").stat().st_mode & 0o777 == 0o444
    (tmp_path / "row" / "000002.json").unlink()
    with pytest.raises(CommissioningError, match="2 is missing"):
        verify_row(tmp_path / "row")


def test_a_record_put_in_the_place_of_another_is_seen(tmp_path: Path) -> None:
    for _ in range(2):
        add(tmp_path, said(), KEY)
    (tmp_path / "000002.json").chmod(0o600)
    (tmp_path / "000002.json").write_bytes((tmp_path / "000001.json").read_bytes())
    with pytest.raises(CommissioningError, match="holds the record 1"):
        last(tmp_path)


def test_a_forerunner_written_anew_is_seen(tmp_path: Path) -> None:
    for _ in range(2):
        add(tmp_path, said(), KEY)
    anew = seal({**said(), "number": 1, "previous": "", "attended": False}, KEY)
    (tmp_path / "000001.json").chmod(0o600)
    (tmp_path / "000001.json").write_bytes(anew.content)
    with pytest.raises(CommissioningError, match="does not name the one before"):
        verify_row(tmp_path)


def test_a_damaged_last_record_is_refused_and_can_be_followed(tmp_path: Path) -> None:
    add(tmp_path, said(), KEY)
    (tmp_path / "000001.json").chmod(0o600)
    (tmp_path / "000001.json").write_bytes(b"rot")
    with pytest.raises(LedgerDamagedError):
        last(tmp_path)
    assert add(tmp_path, said(), KEY).number == 2
    newest = last(tmp_path, KEY.note_key)
    assert newest is not None
    assert newest.number == 2


def test_a_lane_has_its_own_last_record_in_the_row_that_lanes_share(tmp_path: Path) -> None:
    for lane in ("entry", "exit", "entry", "exit", "exit"):
        add(tmp_path, {**said(), "terminal": {**said()["terminal"], "lane": lane}}, KEY)
    found = {lane: last(tmp_path, KEY.note_key, lane) for lane in ("entry", "exit", "yard")}
    assert {lane: record and record.number for lane, record in found.items()} == {"entry": 3, "exit": 5, "yard": None}
    assert len(verify_row(tmp_path, KEY.note_key)) == 5


def test_two_self_tests_at_once_are_one(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(BusyError), held(tmp_path):
        pass
