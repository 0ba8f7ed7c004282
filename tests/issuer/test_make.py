from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import cbor2
import pytest

from firmware.model import Kind
from firmware.verify import cbor as device_cbor
from firmware.verify.wire import Claim, Field, Header, Ways
from issuer import qr
from issuer.cose import inner_of, split1, text_of
from issuer.dates import end_of
from issuer.documents import Document, vin_with_check
from issuer.errors import OfficeError
from issuer.make import Order, make, server_made
from issuer.office import Form, Office, Wish
from issuer.people import DRIVERS, VEHICLES
from tests.issuer.common import make_office

MARK, LICENCE = Kind.INSPECTION_MARK, Kind.VEHICLE_LICENCE


def made(office: Office, kind: Kind, form: Form, now_s: int, vehicle: str = "good") -> bytes:
    subject = DRIVERS["driver"] if kind is Kind.DRIVING_LICENCE else VEHICLES[vehicle]
    return make(office.order(Wish(kind, form, subject), now_s))


@pytest.mark.parametrize(
    ("kind", "form", "max_bytes", "max_version"),
    [
        (MARK, Form.DOWNLOADED, 178, 10),
        (MARK, Form.PRINTED, 178, 10),
        (MARK, Form.PHONE, 322, 14),
        (LICENCE, Form.PHONE, 361, 15),
        (LICENCE, Form.SERVER, 207, 11),
        (Kind.DRIVING_LICENCE, Form.SERVER, 197, 10),
        (Kind.DRIVING_LICENCE, Form.PHONE, 342, 14),
        (Kind.DELEGATED_VEHICLE_LICENCE, Form.SERVER, 249, 12),
        (Kind.DELEGATED_VEHICLE_LICENCE, Form.PHONE, 395, 15),
        (Kind.EVI_TAG, Form.PRINTED, 207, 11),
    ],
)
def test_codes_keep_to_the_size_budget(
    shared_office: Office, now_s: int, kind: Kind, form: Form, max_bytes: int, max_version: int
) -> None:
    cose = made(shared_office, kind, form, now_s)
    assert len(cose) <= max_bytes
    assert int(qr.any_code(text_of(cose)).version) <= max_version


@pytest.mark.parametrize("vehicle", VEHICLES)
def test_every_vehicle_fits_on_paper_and_on_a_screen(shared_office: Office, now_s: int, vehicle: str) -> None:
    paper = text_of(made(shared_office, MARK, Form.PRINTED, now_s, vehicle))
    screen = text_of(made(shared_office, LICENCE, Form.PHONE, now_s, vehicle))
    assert int(qr.code_of(paper, qr.Carrier.PAPER).version) <= 12
    assert int(qr.code_of(screen, qr.Carrier.SCREEN).version) <= 16


@pytest.mark.parametrize(("kind", "form"), list(product(Kind, Form)))
def test_every_level_is_deterministic_cbor_without_tags_inside(
    shared_office: Office, now_s: int, kind: Kind, form: Form
) -> None:
    cose = made(shared_office, kind, form, now_s)
    assert cose[:2] == b"\xd2\x84"
    header, payload, signature = split1(cose)
    if form is Form.PHONE:
        assert device_cbor.decode(header) == {Header.ALG: -9}
        header, payload, signature = split1(inner_of(cose))
    assert set(cbor2.loads(header)) == {Header.ALG, Header.KID}
    assert len(signature) == 64
    for part in (header, payload):
        decoded = device_cbor.decode(part)
        assert cbor2.dumps(cbor2.loads(part), canonical=True) == part
        assert isinstance(decoded, dict)


def test_the_same_seed_and_second_give_the_same_bytes(tmp_path: Path, now_s: int) -> None:
    one, other = (made(make_office(tmp_path / name, seed=7), LICENCE, Form.PHONE, now_s) for name in "ab")
    assert one == other
    assert made(make_office(tmp_path / "c", seed=8), LICENCE, Form.PHONE, now_s) != one


def test_a_mark_ends_with_the_last_second_of_its_day_in_shanghai(shared_office: Office, now_s: int) -> None:
    order = shared_office.order(Wish(MARK, Form.DOWNLOADED, VEHICLES["last-day"]), now_s)
    claims = cbor2.loads(split1(make(order))[1])
    assert claims[Claim.EXP] == now_s - (9 * 3600 + 30 * 60) + 86400
    assert claims[Claim.DOCUMENT][Field.INSPECTED_UNTIL] == 20635  # 2026-07-01


def test_a_code_of_the_server_lives_sixty_seconds_and_names_no_holder(shared_office: Office, now_s: int) -> None:
    claims = cbor2.loads(split1(made(shared_office, LICENCE, Form.SERVER, now_s))[1])
    assert (claims[Claim.NBF], claims[Claim.IAT], claims[Claim.EXP]) == (now_s, now_s, now_s + 60)
    assert Claim.CNF not in claims


def test_a_phone_shows_the_same_credential_under_a_new_layer(shared_office: Office, now_s: int) -> None:
    one, other = (made(shared_office, MARK, Form.PHONE, now_s + late_s) for late_s in (0, 20))
    assert one != other
    assert inner_of(one) == inner_of(other)


def test_every_code_of_the_server_is_a_credential_of_its_own(shared_office: Office, now_s: int) -> None:
    ids = {cbor2.loads(split1(made(shared_office, LICENCE, Form.SERVER, now_s))[1])[Claim.CTI] for _ in range(3)}
    assert len(ids) == 3


def test_a_mark_says_nothing_of_its_owner(shared_office: Office, now_s: int) -> None:
    claims = cbor2.loads(split1(made(shared_office, MARK, Form.PRINTED, now_s))[1])
    assert not {Field.NAME, Field.ID_TAIL} & set(claims[Claim.DOCUMENT])


def test_a_licence_for_life_names_no_last_day_and_is_kept_for_a_year(shared_office: Office, now_s: int) -> None:
    for_life = shared_office.order(Wish(Kind.DRIVING_LICENCE, Form.PHONE, DRIVERS["driver-for-life"]), now_s)
    claims = cbor2.loads(split1(inner_of(make(for_life)))[1])
    assert Field.VALID_UNTIL not in claims[Claim.DOCUMENT]
    assert 360 * 86400 < claims[Claim.EXP] - now_s <= 365 * 86400


def test_a_delegated_licence_ends_with_its_delegation(shared_office: Office, now_s: int) -> None:
    order = shared_office.order(Wish(Kind.DELEGATED_VEHICLE_LICENCE, Form.PHONE, VEHICLES["good"]), now_s)
    assert order.document.delegation is not None
    assert order.document.last_day == order.document.delegation.until_day
    assert order.ends_s == end_of(order.document.delegation.until_day)


def test_a_tag_id_of_another_size_is_refused(shared_office: Office, now_s: int) -> None:
    order = shared_office.order(Wish(Kind.EVI_TAG, Form.PRINTED, VEHICLES["good"]), now_s)
    with pytest.raises(OfficeError, match="8 bytes"):
        make(replace(order, document=replace(order.document, tag_id=b"1234567")))


@pytest.fixture
def order(shared_office: Office, now_s: int) -> Order:
    return shared_office.order(Wish(MARK, Form.DOWNLOADED, VEHICLES["good"]), now_s)


@pytest.mark.parametrize("ways", [Ways.DOWNLOADED | Ways.PRINTED, Ways(0)])
def test_ways_that_exclude_each_other_are_refused(order: Order, ways: Ways) -> None:
    with pytest.raises(OfficeError, match="way"):
        make(replace(order, document=replace(order.document, ways=ways)))


def test_a_vin_of_another_length_is_refused(order: Order) -> None:
    with pytest.raises(OfficeError, match="17 characters"):
        make(replace(order, document=replace(order.document, vin="LSV123")))


def test_a_credential_that_ends_when_it_begins_is_refused(order: Order) -> None:
    with pytest.raises(OfficeError, match="end after"):
        make(replace(order, ends_s=order.begins_s))


def test_the_server_makes_only_live_codes(order: Order) -> None:
    document: Document = order.document
    with pytest.raises(OfficeError, match="live"):
        server_made(document, order.signer, order.issued_s, order.cti)


@pytest.mark.parametrize("vin", ["1M8GDM9AXKP042788", "11111111111111111", "5GZCZ43D13S812715"])
def test_check_characters_of_vins_agree_with_published_examples(vin: str) -> None:
    assert vin_with_check(vin[:8] + "0" + vin[9:]) == vin


def test_every_vin_of_the_demo_has_its_check_character() -> None:
    vins = [vehicle.vin for vehicle in VEHICLES.values()]
    assert [vin_with_check(vin) for vin in vins] == vins
    assert len(set(vins)) == len(vins)
