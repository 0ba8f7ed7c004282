"""The register token, and the rule by which status lists and the register answer for one list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from firmware.model import Family, Moment, Reason, Scan, Word
from firmware.verify.register_token import RegisterToken
from firmware.verify.sources import Layered, Places, RegisterList
from firmware.verify.trust import TrustView, UntrustedError, build_view
from firmware.verify.verifier import verify
from firmware.verify.wire import REGISTER_TYPE, STATUS_LIST_TYPE, Claim, RegisterField, Status
from tests.hostile.test_trust_data import places as places_in
from tests.hostile.test_trust_data import replaced, value_at
from tests.world import DAY, MARK, NOW, POLICE, Key, World, dumps, sign1, text

CONTENT, OTHER = b"\x11" * 32, b"\x22" * 32


class Held:
    """A register in memory: list -> states."""

    def __init__(self, lists: dict[int, dict[int, int]], size: int = 64) -> None:
        self._lists, self._size = lists, size

    def has_list(self, number: int) -> bool:
        return number in self._lists

    def state(self, number: int, index: int) -> int | None:
        if number not in self._lists or not 0 <= index < self._size:
            return None
        return self._lists[number].get(index, 0)


def claims(**changes: Any) -> dict[int, Any]:
    body = {
        RegisterField.SERIAL: 9,
        RegisterField.CONTENT: CONTENT,
        RegisterField.SIZE: 5000,
        RegisterField.SNAPSHOT: [OTHER, 4000],
        RegisterField.DELTAS: [[7, 8, OTHER, 100, 120, OTHER], [8, 9, CONTENT, 100, 120, CONTENT]],
    }
    body |= {RegisterField[name.upper()]: value for name, value in changes.items()}
    return {Claim.IAT: NOW - 600, Claim.EXP: NOW + 30 * DAY, Claim.REGISTER: body}


def token(world: World, content: Any = ..., key: Key | None = None, kind: str = REGISTER_TYPE) -> bytes:
    key = key or world.lister
    return sign1(key, {1: key.alg, 4: key.kid, 16: kind}, dumps(claims() if content is Ellipsis else content))


def view(
    world: World, held: Places, cwt: bytes | None = None, *, issued: int = NOW - 600, lists: bool = True, **more: Any
) -> TrustView:
    content = claims()
    content[Claim.IAT] = issued
    status = [world.status_cwt()] if lists else []
    register = (cwt or token(world, content), lambda _token: held)
    return build_view(world.anchors(), "demo", world.trust_cwt(), world.rules_cwt(), status, register=register, **more)


def state(trust: TrustView, index: int, at: float = NOW) -> int | None:
    entries = trust.status_list(11, Moment.exactly(at, 1))
    return None if entries is None else entries.state(index)


def test_token_says_what_was_signed() -> None:
    trust = view(World(), Held({11: {}}))
    assert trust.register is not None
    found: RegisterToken = trust.register.token
    assert (found.serial, found.content, found.size_bytes, found.issued_s) == (9, CONTENT, 5000, NOW - 600)
    assert [(step.from_serial, step.to_serial, step.to_content) for step in found.deltas] == [
        (7, 8, OTHER),
        (8, 9, CONTENT),
    ]


def test_rolled_back_serial_is_refused() -> None:
    """A register of last month, genuinely signed, served again to hide a month of revocations."""
    with pytest.raises(UntrustedError, match="older than 10"):
        view(World(), Held({}), serial_floor=10)
    assert view(World(), Held({}), serial_floor=9).register is not None


@pytest.mark.parametrize("who", ["issuer", "anchor", "stranger"])
def test_register_that_no_status_key_signed_is_refused(who: str) -> None:
    world = World()
    key = Key.es256(66) if who == "stranger" else getattr(world, who)
    with pytest.raises(UntrustedError):
        view(world, Held({}), token(world, key=key))


def test_a_status_list_is_no_register_and_a_register_no_status_list() -> None:
    world = World()
    with pytest.raises(UntrustedError, match="expected"):
        view(world, Held({}), token(world, kind=STATUS_LIST_TYPE))
    with pytest.raises(UntrustedError, match="expected"):
        build_view(world.anchors(), "demo", world.trust_cwt(), world.rules_cwt(), [token(world)])


def test_register_made_outside_the_dates_of_its_key_is_refused() -> None:
    with pytest.raises(UntrustedError, match="dates of its key"):
        view(World(), Held({}), issued=NOW - 500 * DAY)


@pytest.mark.parametrize(
    "change",
    [
        {"deltas": [[8, 8, OTHER, 1, 1, OTHER]]},
        {"deltas": [[9, 8, OTHER, 1, 1, OTHER]]},
        {"deltas": [[8, 10, OTHER, 1, 1, OTHER]]},
        {"deltas": [[8, 9, OTHER, 1, 1, OTHER]]},
        {"deltas": [[7, 8, OTHER, 1, 1, OTHER], [7, 8, OTHER, 1, 1, OTHER]]},
        {"deltas": [[7, 8, OTHER, 1, 1, OTHER], [6, 8, OTHER, 1, 1, OTHER]]},
        {"deltas": [[7, 8, OTHER, 1, 1]]},
        {"deltas": [[7, 8, OTHER, 0, 1, OTHER]]},
        {"deltas": [[7, 8, OTHER, 1, 1 << 31, OTHER]]},
        {"deltas": [[n, n + 1, OTHER, 1, 1, OTHER] for n in range(8)] * 70},
        {"size": 0},
        {"size": (1 << 30) + 1},
        {"content": b"\x11" * 31},
        {"snapshot": [OTHER]},
        {"serial": -1},
    ],
)
def test_token_that_contradicts_itself_is_refused(change: dict[str, Any]) -> None:
    world = World()
    with pytest.raises(UntrustedError):
        view(world, Held({}), token(world, claims(**change)))


def test_wrong_value_at_any_place_of_a_token_is_refused_or_of_the_right_type() -> None:
    world, content = World(), claims()
    for path in places_in(content):
        for wrong in (None, True, -1, 1 << 63, "", "x", b"", b"x", [], [1], {}, {1: 1}):
            try:
                view(world, Held({}), token(world, replaced(content, path, wrong)))
            except UntrustedError:
                continue
            assert type(wrong) is type(value_at(content, path)), f"{wrong!r} at {path} was taken"


def test_the_later_source_leads_better_or_worse() -> None:
    """The list is an hour old and says 5 is revoked; the register says 6 is."""
    world = World(states={5: Status.INVALID})
    later = view(world, Held({11: {6: Status.INVALID}}), issued=NOW - 600)
    assert (state(later, 5), state(later, 6)) == (Status.VALID, Status.INVALID)
    earlier = view(world, Held({11: {6: Status.INVALID}}), issued=NOW - 7200)
    assert (state(earlier, 5), state(earlier, 6)) == (Status.INVALID, Status.VALID)


def test_a_register_of_the_same_second_softens_nothing() -> None:
    world = World(states={5: Status.INVALID, 6: Status.NOTICE, 7: 5})
    both = view(
        world,
        Held({11: {4: Status.SUSPENDED, 5: Status.NOTICE, 6: Status.OVERDUE, 7: Status.NOTICE}}),
        issued=NOW - 3600,
    )
    assert [state(both, index) for index in (4, 5, 6, 7, 8)] == [2, 1, 12, 5, 0]


def test_where_the_later_source_does_not_reach_the_earlier_one_may_only_forbid() -> None:
    world = World(states={40: Status.INVALID, 41: Status.NOTICE})
    short = view(world, Held({11: {}}, size=32))
    assert [state(short, index) for index in (31, 40, 41, 42)] == [0, Status.INVALID, None, None]


def test_a_list_that_only_one_source_has_comes_from_it() -> None:
    world = World(states={5: Status.INVALID})
    assert state(view(world, Held({12: {}})), 5) == Status.INVALID
    assert state(view(world, Held({11: {5: Status.SUSPENDED}}), lists=False), 5) == Status.SUSPENDED
    assert view(world, Held({12: {}}), lists=False).status_list(11, Moment.exactly(NOW)) is None


def test_a_register_made_after_the_moment_was_not_known_then() -> None:
    world = World(states={5: Status.INVALID})
    trust = view(world, Held({11: {}}), issued=NOW - 600)
    assert state(trust, 5, at=NOW - 1800) == Status.INVALID
    assert state(trust, 5) == Status.VALID


def test_dates_of_two_sources_are_those_of_the_later() -> None:
    old, new = (RegisterList(11, issued, issued + DAY, Held({11: {}})) for issued in (NOW - DAY, NOW))
    both = Layered(new, old)
    assert (both.number, both.issued_s, both.expires_s) == (11, NOW, NOW + DAY)


def test_age_of_the_status_data_counts_the_register() -> None:
    trust = view(World(), Held({11: {}}), issued=NOW - 100)
    assert sorted(trust.status_issued_s) == [NOW - 3600, NOW - 100]
    assert trust.newest_issued_s == NOW - 100
    assert replace(trust, register=None).newest_issued_s == NOW - 3600


def test_a_document_that_the_register_revokes_is_refused() -> None:
    world = World()
    scan = Scan(text(world.credential(MARK)), "test", 0.0, reads=2)
    moment = Moment.exactly(NOW, 1)
    bad = verify(scan, view(world, Held({11: {5: Status.INVALID}}), lists=False), moment, POLICE)
    assert (bad.family, bad.reason, bad.facts.word) == (Family.STOP, Reason.REVOKED, Word.CANCELLED)
    good = verify(scan, view(world, Held({11: {}}), lists=False), moment, POLICE)
    assert good.reason is Reason.VALID
    assert good.ages.status_s == 600
    missing = verify(scan, view(world, Held({11: {}}, size=2), lists=False), moment, POLICE)
    assert (missing.reason, missing.facts.word) == (Reason.DATA_TOO_OLD, Word.LIST_MISSING)
    old = verify(scan, view(world, Held({11: {}}), lists=False, issued=NOW - 3 * DAY), moment, POLICE)
    assert (old.reason, old.facts.word) == (Reason.DATA_TOO_OLD, Word.LIST_OLD)


def test_more_deltas_than_a_token_may_offer_are_refused() -> None:
    world = World()
    many = [[n, n + 1, OTHER, 100, 120, OTHER] for n in range(513)]
    with pytest.raises(UntrustedError, match="more than 512 deltas"):
        view(world, Held({}), token(world, claims(serial=700, deltas=many)))


def test_a_token_that_ends_before_it_was_made_is_refused() -> None:
    world = World()
    content = claims()
    content[Claim.EXP] = content[Claim.IAT] - 1
    with pytest.raises(UntrustedError, match="ends before it was made"):
        view(world, Held({}), token(world, content))
