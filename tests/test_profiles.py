"""The posts' profiles: what each accepts, and how a wrong file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.model import Kind, Way, Word
from firmware.profiles import NAMES, load_profile
from firmware.refusal import ConfigError

ALL_WAYS = (Way.LIVE, Way.DOWNLOADED, Way.PRINTED)
POLICE = (Path(load_profile.__code__.co_filename).parent / "police.toml").read_text(encoding="utf-8")


def own(folder: Path, text: str) -> str:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", NAMES)
def test_every_packaged_profile_loads_and_is_named_as_its_file(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert profile.ways_for(profile.asks_for)
    assert (profile.status_warn_s, profile.status_unsure_s, profile.phone_allowance_s) == (86_400, 172_800, 15)


def test_the_police_accept_every_kind_and_live_only_where_the_law_says_so() -> None:
    police = load_profile("police")
    assert {kind for kind, _ in police.accepts} == set(Kind)
    assert police.ways_for(Kind.INSPECTION_MARK) == ALL_WAYS
    for kind in (Kind.VEHICLE_LICENCE, Kind.DRIVING_LICENCE, Kind.DELEGATED_VEHICLE_LICENCE):
        assert police.ways_for(kind) == (Way.LIVE,)
    assert police.wanted
    assert police.discreet


def test_only_the_police_may_show_wanted() -> None:
    assert [name for name in NAMES if load_profile(name).wanted] == ["police"]


def test_a_gate_is_a_kiosk_that_shows_plate_tails_only() -> None:
    gate = load_profile("gate")
    assert (gate.kiosk, gate.plate_tail_only) == (True, True)
    assert gate.asks_for is Kind.INSPECTION_MARK
    assert gate.ways_for(Kind.DRIVING_LICENCE) == ()


def test_states_that_block_a_transfer_stop_at_a_dealer() -> None:
    assert load_profile("dealer").stop_words == {Word.SEALED, Word.CUSTOMS, Word.LOCKED}


def test_what_an_owners_leave_must_be_for_is_the_posts_own_business() -> None:
    assert load_profile("dealer").purposes == {"出售", "过户", "抵押"}
    assert "驾驶" in load_profile("gate").purposes
    for name in NAMES:
        profile = load_profile(name)
        assert profile.ways_for(Kind.DELEGATED_VEHICLE_LICENCE)
        assert bool(profile.purposes) == (name in ("dealer", "gate"))


def test_only_an_insurer_takes_a_downloaded_licence() -> None:
    for kind in (Kind.VEHICLE_LICENCE, Kind.DELEGATED_VEHICLE_LICENCE):
        takers = [name for name in NAMES if Way.DOWNLOADED in load_profile(name).ways_for(kind)]
        assert takers == ["insurer"]


def test_a_profile_of_ones_own_is_read_from_its_path(tmp_path: Path) -> None:
    path = own(tmp_path, POLICE.replace('name = "police"', 'name = "harbour"').replace("= 24", "= 12.5") + "\n")
    profile = load_profile(path)
    assert (profile.name, profile.status_warn_s) == ("harbour", 45_000)


def test_notice_days_may_be_given(tmp_path: Path) -> None:
    assert load_profile("police").notice_days is None
    assert load_profile(own(tmp_path, "notice_days = 30\n" + POLICE)).notice_days == 30


def test_an_unknown_name_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ConfigError) as caught:
        load_profile("polise")
    assert 'did you mean "police"?' in caught.value.next_step


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kiosk = false", "kiosk = false\nkisok = true", 'unknown key "kisok"'),
        ("kiosk = false", "kiosk = 0", "expected true | false"),
        ("kiosk = false", "", '"kiosk" is missing'),
        ("= 24", "= 49", "at most status_unsure_hours"),
        ("= 24", "= 0", "from 1 to"),
        ("= 24", "= nan", "from 1 to"),
        ("_s = 15", "_s = 61", "from 0 to 60"),
        ("_s = 15", "_s = true", "from 0 to 60"),
        ("= []", '= ["seald"]', "'seald'"),
        ("= []", '= "sealed"', "a list"),
        ('"police"', '""', "1 to 32 characters"),
        ('asks_for = "inspection-mark"', 'asks_for = "passport"', "'passport'"),
        ("inspection-mark = [", "evi-tags = [", "'evi-tags'"),
        ('driving-licence = ["live"]', 'driving-licence = ["alive"]', "'alive'"),
        ('driving-licence = ["live"]', "driving-licence = []", "a list of ways"),
        ("[accepts]", "[accept]", 'unknown key "accept"'),
        ('inspection-mark = ["live", "downloaded", "printed"]', "", "one of the kinds"),
    ],
)
def test_a_wrong_profile_is_refused_naming_file_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in POLICE
    path = own(tmp_path, POLICE.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        load_profile(path)
    assert path in caught.value.what
    assert said in caught.value.what
