"""What chrony says, in its own words: the reports below are those of chronyc 4.3 beside a server of its own that speaks NTS."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from firmware.clock import Rank
from firmware.time_sources.chrony import ChronyError, ChronySource, ChronyState, ask_chronyc, read_state

TRACKING = (
    "7F000001,127.0.0.1,4,1795308397.041582518,-0.000002023,-0.000000017,0.000000130,-0.022,-0.001,0.070,"
    "0.000008235,0.000000577,0.3,Normal\n"
)
SOURCES = "^,*,127.0.0.1,3,-2,377,0,0.000000505,0.000000528,0.000004611\n"
AUTHDATA = "127.0.0.1,NTS,1,15,256,7,0,0,8,100\n"
UNSYNCED = (
    "00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,1.000000000,1.000000000,0.0,"
    "Not synchronised\n"
)
PLAIN_SOURCE = "^,+,192.0.2.7,2,6,377,10,0.001,0.001,0.02\n"
PLAIN_AUTH = "192.0.2.7,-,0,0,0,4294967295,0,0,0,0\n"


def chronyd(tracking: str = TRACKING, sources: str = SOURCES, authdata: str = AUTHDATA) -> Callable[[str], str]:
    return {"tracking": tracking, "sources": sources, "authdata": authdata}.__getitem__


def test_time_from_authenticated_servers_alone_is_proven() -> None:
    heard = ChronySource(chronyd()).poll(None)
    assert heard.sample is not None
    assert heard.sample.rank is Rank.PROVEN
    assert heard.sample.lo_s <= time.time() <= heard.sample.hi_s + 1


@pytest.mark.parametrize(
    ("sources", "authdata"),
    [
        (PLAIN_SOURCE, PLAIN_AUTH),
        (SOURCES + PLAIN_SOURCE, AUTHDATA + PLAIN_AUTH),  # one that is combined is enough to pull the others
        ("#,*,GPS,0,4,377,10,0.001,0.001,0.02\n", AUTHDATA),  # a reference clock: GNSS
        ("^,?,127.0.0.1,3,-2,377,0,0,0,0\n", AUTHDATA),
        (SOURCES, ""),
        ("", ""),
    ],
)
def test_one_followed_source_without_nts_makes_it_heard_only(sources: str, authdata: str) -> None:
    heard = ChronySource(chronyd(sources=sources, authdata=authdata)).poll(None)
    assert heard.sample is not None
    assert heard.sample.rank is Rank.HEARD


def test_a_source_that_is_only_measured_does_not_count() -> None:
    measured = PLAIN_SOURCE.replace("^,+", "^,-")
    assert read_state(chronyd(sources=SOURCES + measured, authdata=AUTHDATA + PLAIN_AUTH)) == ChronyState(0.005, True)


def test_the_bound_is_offset_and_dispersion_and_half_the_delay() -> None:
    tracking = TRACKING.replace("-0.000002023", "-0.5").replace("0.000008235,0.000000577", "0.2,0.05")
    state = read_state(chronyd(tracking))
    assert state is not None
    assert state.half_width_s == pytest.approx(0.65)


def test_a_daemon_that_is_not_synchronised_gives_nothing() -> None:
    assert ChronySource(chronyd(UNSYNCED)).poll(None).sample is None


@pytest.mark.parametrize("tracking", ["", "506 Cannot talk to daemon\n", TRACKING.replace("0.000008235", "x")])
def test_another_report_than_the_manuals_is_an_error(tracking: str) -> None:
    with pytest.raises(ChronyError):
        read_state(chronyd(tracking))
    assert not ChronySource(chronyd(tracking)).poll(None).present


def test_a_machine_without_chrony_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ChronyError, match="cannot be asked"):
        ask_chronyc("tracking")
