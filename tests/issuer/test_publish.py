from __future__ import annotations

import tomllib
import zlib
from pathlib import Path

import cbor2
import pytest

from firmware.model import Reason
from firmware.sync.store import load_trust
from firmware.verify.rules import LETTER_CLASSES
from firmware.verify.statuslist import inflate
from firmware.verify.trust import TrustView
from firmware.verify.wire import STATUS_LIST_TYPE, Claim, Header, Status
from issuer import world
from issuer.cose import split1
from issuer.office import Office
from issuer.publish import pack_states, status_cwt, strangers
from issuer.rulebook import LICENCE_LETTERS, VEHICLE_LETTERS
from tests.issuer.common import trust_of


def test_entry_zero_is_in_the_low_nibble_of_the_first_byte() -> None:
    # As the Token Status List draft packs lists of 4 bits: index 0 in the least significant bits.
    states = {0: Status.INVALID, 1: Status.SUSPENDED, 2: Status.LOOK_UP_ONLINE}
    assert pack_states(states, 4, lambda _index: Status.VALID) == bytes([0x21, 0x0F])


def test_an_odd_number_of_entries_is_rounded_up_to_a_whole_byte() -> None:
    assert len(pack_states({}, 5, lambda _index: Status.VALID)) == 3


def test_the_status_list_is_a_token_status_list_in_cwt_form(shared_office: Office, now_s: int) -> None:
    header, payload, _ = split1(status_cwt(shared_office.key("status"), 11, b"\x21", now_s))
    claims = cbor2.loads(payload)
    assert cbor2.loads(header)[Header.TYPE] == STATUS_LIST_TYPE
    assert claims[Claim.SUB] == "urn:yanma:status:11"
    assert claims[Claim.STATUS_LIST]["bits"] == 4
    assert zlib.decompress(claims[Claim.STATUS_LIST]["lst"]) == b"\x21"
    assert list(claims) == [2, 4, 6, 65533, 65534]


def test_the_terminal_finds_every_planned_state_at_its_place(trust: TrustView) -> None:
    status = trust.status[world.STATUS_LIST][0]
    assert {index: status.state(index) for index in world.planned_states()} == world.planned_states()
    assert len(status) == world.STATUS_ENTRIES


def test_about_one_in_a_hundred_other_documents_is_marked() -> None:
    packed = pack_states({}, 20_000, strangers(1))
    marked = sum((byte & 15 > 0) + (byte >> 4 > 0) for byte in packed)
    assert 100 < marked < 300
    assert inflate(zlib.compress(packed)) == packed


def test_the_terminal_believes_every_key_of_the_plan(shared_office: Office, trust: TrustView) -> None:
    names = {key.name_en for records in trust.keys.values() for key in records}
    assert names == {plan.name_en for plan in world.KEY_PLANS}
    assert shared_office.unlisted.kid not in trust.keys
    assert trust.environment == "demo"
    assert trust.rules.editions[-1].notice_days == 90


def test_a_list_made_later_has_the_higher_version(office: Office, tmp_path: Path, now_s: int) -> None:
    first = trust_of(office, tmp_path / "trust", now_s)
    second = trust_of(office, tmp_path / "trust", now_s + 1)
    assert second.version > first.version
    again = load_trust(tmp_path / "trust", tmp_path / "trust" / "anchors", "demo", version_floor=first.version + 1)
    assert again.version == second.version


def test_the_anchor_file_holds_the_public_half_and_nothing_else(office: Office, tmp_path: Path) -> None:
    trust_of(office, tmp_path)
    record = tomllib.loads((tmp_path / "anchors" / "root.toml").read_text())
    assert set(record) == {"environment", "name", "alg", "kid", "public", "uses"}
    assert record["public"] == office.anchor.public.hex()
    assert office.anchor.private.hex() not in (tmp_path / "anchors" / "root.toml").read_text()


@pytest.mark.parametrize(
    ("class_", "letters"),
    [
        ("GO", "A"),
        ("GO+", "GHIKO"),
        ("EXPIRED", "Q"),
        ("STOP", "DLM"),
        ("REVOKED", "EP"),
        ("WANTED", "CJN"),
        ("UNSURE", "B"),
    ],
)
def test_the_letters_of_vehicles_are_those_of_the_scheme(class_: str, letters: str) -> None:
    assert "".join(letter for letter, (given, _) in VEHICLE_LETTERS.items() if given == class_) == letters


@pytest.mark.parametrize(
    ("class_", "letters"), [("GO", "A"), ("GO+", "HI"), ("STOP", "BDJKMNPSTU"), ("REVOKED", "EFGR"), ("UNSURE", "CL")]
)
def test_the_letters_of_licences_are_those_of_the_scheme(class_: str, letters: str) -> None:
    assert "".join(letter for letter, (given, _) in LICENCE_LETTERS.items() if given == class_) == letters


def test_the_terminal_knows_every_class_and_word_of_the_letters(trust: TrustView) -> None:
    for table, read in (
        (VEHICLE_LETTERS, trust.rules.editions[-1].vehicle_letters),
        (LICENCE_LETTERS, trust.rules.editions[-1].licence_letters),
    ):
        assert {letter: (LETTER_CLASSES[class_], word) for letter, (class_, word) in table.items()} == {
            letter: (entry.reason, entry.word) for letter, entry in read.items()
        }
    assert trust.rules.editions[-1].vehicle_letters["Q"].reason is Reason.EXPIRED
