"""What a verdict hands on to be remembered, and what it says of a mark's history."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from firmware.model import Kind
from firmware.verify.wire import Claim, Field
from tests.world import LICENCE, MARK, NOW, TAG, TODAY, World, judge

EPOCH = date(1970, 1, 1)


def test_of_a_phones_live_code_everything_is_remembered_that_tells_it_apart() -> None:
    world = World()
    sighting = judge(world, world.live(made=NOW - 5, nonce=b"nonce-77")).sighting
    assert sighting is not None
    assert (sighting.identity.cti, sighting.identity.kid) == (bytes(range(1, 9)), world.issuer.kid)
    assert sighting.identity.nonce == b"nonce-77"
    assert (sighting.identity.status_list, sighting.identity.status_index) == (11, 5)
    assert (sighting.kind, sighting.lane, sighting.utc_s) == (Kind.INSPECTION_MARK, "", float(NOW))
    assert (sighting.plate, sighting.vin, sighting.tag_id) == ("京A12345", MARK[Field.VIN], None)
    assert (sighting.live, sighting.made_s) == (True, NOW - 5)


def test_two_holders_are_told_apart_and_one_is_recognised() -> None:
    world, other = World(), World()
    other.holder = World().issuer
    first, again = (judge(world, world.live(nonce=nonce)).sighting for nonce in (b"nonce-01", b"nonce-02"))
    stranger = judge(other, other.live()).sighting
    assert first is not None
    assert again is not None
    assert stranger is not None
    assert first.holder is not None
    assert first.holder == again.holder != stranger.holder


def test_of_a_code_that_a_server_made_there_is_no_holder_and_no_nonce() -> None:
    world = World()
    sighting = judge(world, world.server_live(LICENCE, made=NOW - 9)).sighting
    assert sighting is not None
    assert (sighting.holder, sighting.identity.nonce, sighting.live, sighting.made_s) == (None, None, True, NOW - 9)


def test_of_paper_nothing_is_live() -> None:
    world = World()
    sighting = judge(world, world.credential(TAG)).sighting
    assert sighting is not None
    assert (sighting.live, sighting.made_s, sighting.holder) == (False, None, None)
    assert sighting.tag_id == TAG[Field.TAG_ID]


@pytest.mark.parametrize(
    ("registered_years_ago", "before"),
    [(4, date(2024, 12, 31)), (8, date(2025, 12, 31)), (3, None), (2, None)],
    ids=["a young car: two years", "an older one: a year", "no due date in that month", "the first one of all"],
)
def test_a_mark_tells_the_due_date_before_its_own(registered_years_ago: int, before: date | None) -> None:
    world = World()
    ends = EPOCH + timedelta(TODAY + 200)
    registered = ends.replace(year=ends.year - registered_years_ago)
    document = MARK | {
        Field.USE: "A",
        Field.VEHICLE_TYPE: "K33",
        Field.REGISTERED: (registered - EPOCH).days,
    }
    facts = judge(world, world.credential(document)).facts
    assert facts.due_before == before
    assert facts.issued == EPOCH + timedelta(TODAY - 10)
    assert judge(world, world.credential(MARK)).facts.due_before is None


def test_other_documents_have_no_due_date_before() -> None:
    world = World()
    document = LICENCE | {Field.REGISTERED: TODAY - 1200}
    live = world.live(world.credential(document, claims={Claim.CNF: world.holder.cnf}))
    assert judge(world, live).facts.due_before is None
    assert judge(world, world.server_live(LICENCE)).facts.issued is None
