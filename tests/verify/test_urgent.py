"""Urgent items: who may say what, until when, and which of two statements stands. Each refusal by the attack that it stops."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.model import ClockLevel, Moment, Reason, Scan, SecondOpinion, Verdict, Word
from firmware.verify.errors import MalformedError
from firmware.verify.overlay import Urgent, UrgentState
from firmware.verify.statuslist import StatusList
from firmware.verify.trust import TrustView, UntrustedError
from firmware.verify.urgent import MAX_ITEMS, MAX_LIFE_S, believe_item, heed
from firmware.verify.verifier import verify
from firmware.verify.wire import Claim, Status
from tests.world import DAY, NOW, POLICE, Key, World, dumps, sign1, text

TYPE = "application/yanma-urgent+cwt"
STRANGER = Key.es256(66)


def state_of(index: int = 5, state: int = Status.INVALID, number: int = 11) -> dict[int, Any]:
    return {1: 1, 2: [number, index], 3: int(state)}


def item(
    world: World, body: dict[int, Any] | None = None, *, key: Key | None = None, type_: str = TYPE, **claims: Any
) -> bytes:
    key = key or world.lister
    body = state_of() if body is None else body
    made = {
        Claim.EXP: claims.get("exp", NOW + DAY),
        Claim.IAT: claims.get("iat", NOW - 60),
        Claim.CTI: claims.get("cti", b"item-001"),
        Claim.URGENT: body,
    }
    return sign1(key, {1: key.alg, 4: key.kid, 16: type_}, dumps(made))


def withdraw(world: World, kid: bytes, key: Key | None = None, **claims: Any) -> bytes:
    return item(world, {1: 2, 4: kid}, key=key or world.anchor, **claims)


def heeding(world: World, *items: bytes, view: TrustView | None = None) -> TrustView:
    found, refused = heed(view or world.trust(), world.anchors(), items)
    assert refused == ()
    return found


def verdict(world: World, view: TrustView, at: float = NOW) -> Verdict:
    scan = Scan(text(world.credential()), "test", 0.0, reads=2, second=SecondOpinion.AGREES)
    return verify(scan, view, Moment.exactly(at, 1.0), POLICE)


def test_a_document_that_was_just_stolen_stops_before_the_next_list() -> None:
    world = World()
    assert verdict(world, world.trust()).reason is Reason.VALID
    assert verdict(world, heeding(world, item(world))).reason is Reason.REVOKED


def test_another_document_of_the_same_list_is_not_touched() -> None:
    world = World()
    assert verdict(world, heeding(world, item(world, state_of(index=6)))).reason is Reason.VALID
    assert verdict(world, heeding(world, item(world, state_of(number=12)))).reason is Reason.VALID


def test_a_car_that_was_found_again_passes_before_the_next_list() -> None:
    world = World(states={5: Status.INVALID})
    assert verdict(world, world.trust()).reason is Reason.REVOKED
    assert verdict(world, heeding(world, item(world, state_of(state=Status.VALID)))).reason is Reason.VALID


def test_a_newer_list_speaks_over_an_older_item() -> None:
    world = World(states={5: Status.SUSPENDED})
    old = item(world, state_of(state=Status.VALID), iat=world.status_issued - 1)
    assert verdict(world, heeding(world, old)).reason is Reason.SUSPENDED
    same = item(world, state_of(state=Status.VALID), iat=world.status_issued)
    assert verdict(world, heeding(world, same)).reason is Reason.VALID


def test_the_last_of_two_items_stands_whatever_their_order() -> None:
    world = World()
    first = item(world, iat=NOW - 120, cti=b"item-001")
    second = item(world, state_of(state=Status.VALID), iat=NOW - 60, cti=b"item-002")
    for order in ((first, second), (second, first)):
        assert verdict(world, heeding(world, *order)).reason is Reason.VALID


def test_an_item_that_is_over_says_nothing() -> None:
    world = World()
    view = heeding(world, item(world, exp=NOW + 100))
    assert verdict(world, view, NOW + 99).reason is Reason.REVOKED
    assert verdict(world, view, NOW + 102).reason is Reason.VALID


def test_an_item_does_not_speak_for_the_time_before_it_was_made() -> None:
    world = World()
    assert verdict(world, heeding(world, item(world, iat=NOW - 60)), NOW - 1800).reason is Reason.VALID


def test_without_a_list_an_item_can_refuse_and_never_let_pass() -> None:
    world = World()
    bare = replace(world.trust(), status={})
    assert verdict(world, bare).reason is Reason.DATA_TOO_OLD
    good = heeding(world, item(world, state_of(state=Status.VALID)), view=bare)
    assert verdict(world, good).facts.word is Word.LIST_MISSING
    assert verdict(world, heeding(world, item(world), view=bare)).reason is Reason.REVOKED


def test_a_key_that_was_stolen_signs_nothing_that_is_believed() -> None:
    world = World()
    view = heeding(world, withdraw(world, world.issuer.kid))
    found = verdict(world, view)
    assert (found.reason, found.facts.word) == (Reason.UNKNOWN_ISSUER, Word.KEY_ENDED)
    assert verdict(world, view, NOW - 600).reason is Reason.VALID, "an answer for a time before it stays what it was"


def test_withdrawing_a_key_that_nobody_knows_changes_nothing() -> None:
    world = World()
    assert verdict(world, heeding(world, withdraw(world, b"nobody's"))).reason is Reason.VALID


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        (lambda world: item(world, key=STRANGER), "not known"),
        (lambda world: item(world, key=Key.es256(66, world.lister.kid)), "does not hold"),
        (lambda world: item(world, key=world.issuer), "not known"),
        (lambda world: withdraw(world, world.issuer.kid, key=world.lister), "not known"),
        (lambda world: withdraw(world, world.issuer.kid, key=Key.es256(66, world.anchor.kid)), "does not hold"),
        (lambda world: item(world, type_="application/statuslist+cwt"), "expected application/yanma-urgent"),
        (lambda world: item(world, iat=NOW - 500 * DAY, exp=NOW - 499 * DAY), "outside the dates"),
        (lambda world: item(world, exp=NOW + 32 * DAY), "more than a month"),
        (lambda world: item(world, exp=NOW - 3600), "out of range or order"),
        (lambda world: item(world, cti=b"short"), "without its id"),
        (lambda world: item(world, {1: 9}), "nothing that is known"),
        (lambda world: item(world, {1: True, 2: [11, 5], 3: 1}), "nothing that is known"),
        (lambda world: item(world, state_of() | {4: b"x" * 8}), "nothing that is known"),
        (lambda world: item(world, state_of(state=16)), "no four bits"),
        (lambda world: item(world, {1: 1, 2: [11, -1], 3: 1}), "no \\[list, index\\]"),
        (lambda world: item(world, {1: 1, 2: [11, 5, 6], 3: 1}), "no \\[list, index\\]"),
        (lambda world: item(world, {1: 1, 2: [True, 5], 3: 1}), "no \\[list, index\\]"),
        (lambda world: withdraw(world, b"long kid 9"), "key id of the wrong size"),
        (lambda world: item(world)[:-1] + b"\x00", "does not hold"),
        (lambda world: item(world) + b"\x00", "urgent item"),
        (lambda world: b"", "urgent item"),
    ],
    ids=[
        "a stranger", "a stranger under the kid of the lister", "a document's issuer", "a status key withdraws an issuer",
        "a stranger under the kid of the anchor", "a status list that is passed off as an item", "before the key's dates",
        "for longer than a month", "ends before it begins", "short id", "unknown action", "an action that is no number",
        "one field too many", "five bits", "negative place", "three places", "a place that is no number", "long kid",
        "a flipped bit", "trailing bytes", "nothing",
    ],
)  # fmt: skip
def test_an_item_that_may_not_be_believed_is_refused_and_harms_no_other(attack: Any, said: str) -> None:
    world = World()
    with pytest.raises(UntrustedError, match=said):
        believe_item(attack(world), world.anchors(), world.trust().keys)
    view, refused = heed(world.trust(), world.anchors(), [attack(world), item(world, cti=b"item-002")])
    assert len(refused) == 1
    assert verdict(world, view).reason is Reason.REVOKED


def test_the_bounds_of_an_items_life_are_inside() -> None:
    world = World()
    assert believe_item(item(world, iat=NOW, exp=NOW + MAX_LIFE_S), world.anchors(), world.trust().keys).place == (
        11,
        5,
    )


def test_an_anchor_of_another_environment_withdraws_nothing() -> None:
    world, other = World(), World(environment="staging")
    view, refused = heed(world.trust(), other.anchors(), [withdraw(world, world.issuer.kid)])
    assert len(refused) == 1
    assert verdict(world, view).reason is Reason.VALID


def test_of_too_many_items_the_newest_are_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.verify.urgent.MAX_ITEMS", 2)
    world = World()
    items = [
        item(world, state_of(index=index), iat=NOW - 100 + index, cti=b"item-%03d" % index) for index in range(5, 9)
    ]
    view = heeding(world, *items)
    assert verdict(world, view).reason is Reason.VALID
    assert view.urgent is not None
    assert view.urgent.count == 2
    assert MAX_ITEMS == 4096


@given(st.binary(max_size=300))
def test_any_bytes_are_an_item_or_refused(data: bytes) -> None:
    world = World()
    with pytest.raises(UntrustedError):
        believe_item(data, world.anchors(), {})


def test_malformed_never_leaves_this_room_as_itself() -> None:
    assert not issubclass(UntrustedError, MalformedError)


@pytest.mark.parametrize("claims", [[1, 2], {6: NOW}, {4: NOW, 6: NOW, 7: b"item-001", -70010: state_of(), 1: "x"}])
def test_claims_of_another_form_are_no_item(claims: Any) -> None:
    world = World()
    data = sign1(world.lister, {1: world.lister.alg, 4: world.lister.kid, 16: TYPE}, dumps(claims))
    with pytest.raises(UntrustedError, match="other claims than the profile has"):
        believe_item(data, world.anchors(), world.trust().keys)


@pytest.mark.parametrize(
    ("lo_s", "hi_s", "counts"),
    [(100, 100, True), (40, 40, True), (39, 39, False), (200, 200, True), (201, 201, False), (30, 300, True), (150, 900, True)],
)  # fmt: skip
def test_a_state_counts_from_a_minute_before_it_was_said_to_its_end(lo_s: float, hi_s: float, counts: bool) -> None:
    assert UrgentState(100, 200, 1).counts(Moment(lo_s, hi_s, ClockLevel.T3)) is counts


def test_without_a_list_the_dates_are_those_of_the_newest_item() -> None:
    states = {11: {5: (UrgentState(100, 900, 1),), 6: (UrgentState(300, 500, 2), UrgentState(200, 800, 0))}}
    alone = Urgent(states, 3).over(None, 11, Moment.exactly(400))
    assert alone is not None
    assert (alone.number, alone.issued_s, alone.expires_s) == (11, 300, 500)
    assert [alone.state(index) for index in (5, 6, 7)] == [1, 2, None]
    assert Urgent(states, 3).over(None, 12, Moment.exactly(400)) is None


def test_over_a_list_its_own_number_and_dates_stay() -> None:
    below = StatusList(11, 250, 950, bytes(8))
    over = Urgent({11: {5: (UrgentState(300, 900, 1),), 6: (UrgentState(249, 900, 1),)}}, 2).over(
        below, 11, Moment.exactly(400)
    )
    assert over is not None
    assert (over.number, over.issued_s, over.expires_s) == (11, 250, 950)
    assert [over.state(index) for index in (4, 5, 6, 16)] == [0, 1, 0, None]
    assert Urgent({11: {}}, 0).over(below, 12, Moment.exactly(400)) is below


def test_of_what_is_over_an_earlier_word_that_still_counts_is_heard() -> None:
    said = (UrgentState(300, 310, 0), UrgentState(200, 900, 1))
    over = Urgent({11: {5: said}}, 2).over(None, 11, Moment.exactly(400))
    assert over is not None
    assert over.state(5) == 1
