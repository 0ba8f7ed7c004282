"""The trust list, the rules and the status lists: what is believed of them, and what is refused as a whole."""

from __future__ import annotations

import zlib
from dataclasses import replace

import pytest

from firmware.verify.errors import MalformedError
from firmware.verify.statuslist import StatusList, inflate
from firmware.verify.trust import Anchor, TrustView, UntrustedError, build_view
from firmware.verify.wire import Claim, KeyField, TrustField
from tests.world import DAY, NOW, Key, World, dumps, sign1

TRUST = "application/yanma-trust+cwt"
STATUS = "application/statuslist+cwt"


@pytest.fixture
def world() -> World:
    return World()


def build(world: World, **parts: object) -> TrustView:
    given = {"anchors": world.anchors(), "environment": world.environment, "trust_cwt": world.trust_cwt()}
    given |= {"rules_cwt": world.rules_cwt(), "status_cwts": [world.status_cwt()]}
    return build_view(**(given | parts))  # type: ignore[arg-type]


def test_healthy_bundle_gives_its_keys_rules_and_lists(world: World) -> None:
    view = build(world)
    assert (view.version, view.rules.version, set(view.status)) == (7, 3, {11})
    assert set(view.keys) == {world.issuer.kid, world.lister.kid}
    assert view.newest_issued_s == NOW - 3600


def test_trust_list_of_a_stranger_is_refused(world: World) -> None:
    with pytest.raises(UntrustedError, match="not known"):
        build(world, trust_cwt=World(anchor=Key.es256(66)).trust_cwt())


def test_trust_list_signed_by_a_stranger_under_our_kid_is_refused(world: World) -> None:
    with pytest.raises(UntrustedError, match="does not hold"):
        build(world, trust_cwt=World(anchor=Key.es256(66, world.anchor.kid)).trust_cwt())


def test_trust_list_of_another_environment_is_refused(world: World) -> None:
    staging = World(environment="staging")
    anchors = [*world.anchors(), *staging.anchors()]
    with pytest.raises(UntrustedError, match="staging"):
        build(world, anchors=anchors, trust_cwt=staging.trust_cwt())


def test_anchor_of_another_environment_is_no_anchor(world: World) -> None:
    with pytest.raises(UntrustedError, match="no anchor"):
        build(world, environment="production")


def test_anchor_is_used_only_for_its_uses(world: World) -> None:
    anchors = [replace(anchor, uses=frozenset({"rules"})) for anchor in world.anchors()]
    with pytest.raises(UntrustedError, match="not known"):
        build(world, anchors=anchors)


@pytest.mark.parametrize(("floor", "good"), [(7, True), (8, False)])
def test_version_never_goes_back(world: World, floor: int, good: bool) -> None:
    if good:
        assert (
            build_view(world.anchors(), "demo", world.trust_cwt(), world.rules_cwt(), [], version_floor=floor).version
            == 7
        )
    else:
        with pytest.raises(UntrustedError, match="older"):
            build_view(world.anchors(), "demo", world.trust_cwt(), world.rules_cwt(), [], version_floor=floor)


def test_status_list_signed_by_a_document_key_is_refused(world: World) -> None:
    with pytest.raises(UntrustedError, match="not known"):
        build(world, status_cwts=[replace(world, lister=world.issuer).status_cwt()])


def test_status_list_made_outside_its_keys_dates_is_refused(world: World) -> None:
    with pytest.raises(UntrustedError, match="dates"):
        build(world, status_cwts=[replace(world, status_issued=NOW - 500 * DAY).status_cwt()])


def test_newest_of_two_lists_with_one_number_serves(world: World) -> None:
    older = replace(world, status_issued=NOW - DAY, states={5: 1})
    for order in ([older, world], [world, older]):
        view = build(world, status_cwts=[each.status_cwt() for each in order])
        assert view.status[11][0].state(5) == 0


def test_token_of_another_type_is_refused(world: World) -> None:
    with pytest.raises(UntrustedError, match="expected"):
        build(world, trust_cwt=world.rules_cwt())


@pytest.mark.parametrize(
    "change",
    [
        {KeyField.KID: b"short"},
        {KeyField.ALG: -99},
        {KeyField.ALG: "ES256"},
        {KeyField.PUBLIC: b"\x04" + bytes(64)},
        {KeyField.USES: []},
        {KeyField.USES: ["everything"]},
        {KeyField.USES: "status"},
        {KeyField.REGIONS: []},
        {KeyField.REGIONS: ["1100000"]},
        {KeyField.REGIONS: ["1a"]},
        {KeyField.SIGNS_FROM: -1},
        {KeyField.TRUSTED_UNTIL: 1 << 60},
        {KeyField.NAME_ZH: 5},
        {99: 1},
    ],
)
def test_key_record_off_its_form_refuses_the_whole_list(change: dict[int, object]) -> None:
    with pytest.raises(UntrustedError):
        build(World(key_changes=change))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {TrustField.VERSION: 1, TrustField.ENVIRONMENT: "demo", TrustField.KEYS: []},
        {TrustField.VERSION: -1, TrustField.ENVIRONMENT: "demo", TrustField.KEYS: [{}]},
        {TrustField.VERSION: "1", TrustField.ENVIRONMENT: "demo", TrustField.KEYS: [{}]},
        [],
    ],
)
def test_trust_list_off_its_form_is_refused(world: World, body: object) -> None:
    claims = {Claim.EXP: NOW + DAY, Claim.IAT: NOW, Claim.TRUST: body}
    cwt = sign1(world.anchor, {1: world.anchor.alg, 4: world.anchor.kid, 16: TRUST}, dumps(claims))
    with pytest.raises(UntrustedError):
        build(world, trust_cwt=cwt)


@pytest.mark.parametrize(
    "letters",
    [{"A": ["GO"]}, {"AB": ["GO", ""]}, {"A": ["PERHAPS", ""]}, {"A": ["STOP", "no such word"]}, {"A": "GO"}, []],
)
def test_rules_with_unknown_words_are_refused(letters: object) -> None:
    with pytest.raises(UntrustedError):
        build(World(letters=letters))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {Claim.SUB: "urn:yanma:status:011"},
        {Claim.SUB: "https://example.com/1"},
        {Claim.SUB: 11},
        {Claim.EXP: NOW - DAY},
        {Claim.IAT: -5},
        {Claim.TTL: "soon"},
        {Claim.STATUS_LIST: {"bits": 2, "lst": zlib.compress(b"\0")}},
        {Claim.STATUS_LIST: {"bits": 4, "lst": b"not zlib"}},
        {Claim.STATUS_LIST: {"bits": 4, "lst": "text"}},
        {Claim.STATUS_LIST: {"bits": 4}},
        {1: "issuer"},
    ],
)
def test_status_list_off_its_form_is_refused(world: World, change: dict[int, object]) -> None:
    claims: dict[int, object] = {
        Claim.SUB: "urn:yanma:status:11",
        Claim.EXP: NOW + DAY,
        Claim.IAT: NOW - 60,
        Claim.TTL: 900,
    }
    claims |= {Claim.STATUS_LIST: {"bits": 4, "lst": zlib.compress(bytes(8))}}
    key = world.lister
    cwt = sign1(key, {1: key.alg, 4: key.kid, 16: STATUS}, dumps(claims | change))
    with pytest.raises(UntrustedError):
        build(world, status_cwts=[cwt])


def test_status_entries_are_four_bits_low_nibble_first() -> None:
    entries = StatusList(1, 0, 0, bytes([0x21, 0xF3]))
    assert [entries.state(index) for index in (-1, 0, 1, 2, 3, 4)] == [None, 1, 2, 3, 15, None]


def test_zlib_bomb_stops_at_its_cap() -> None:
    assert len(inflate(zlib.compress(bytes(1000)), max_bytes=1000)) == 1000
    for packed in (zlib.compress(bytes(1001)), zlib.compress(b"abc") + b"x", zlib.compress(b"abc" * 99)[:-3], b""):
        with pytest.raises(MalformedError):
            inflate(packed, max_bytes=1000)


def test_anchor_off_its_curve_is_refused(world: World) -> None:
    own = world.anchors()[0]
    bad = Anchor(own.environment, own.name, own.kid, own.alg, b"\x04" + bytes(64), own.uses)
    with pytest.raises(UntrustedError):
        build(world, anchors=[bad])
