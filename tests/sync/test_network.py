"""The way to the server: TLS and clocks, proxies, retries, sticks, records, and when the next visit is."""

from __future__ import annotations

import math
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.model import Outcome
from firmware.sync import last as records
from firmware.sync.fetch import FetchError, FolderSource, SyncError, Trouble
from firmware.sync.last import Last
from firmware.sync.rhythm import MAX_BACK_OFF_S, mirrors_in_order, next_slot_s, next_try_s, pause_s
from firmware.sync.rounds import MAX_BUNDLE_BYTES
from tests.sync.certificates import certificate
from tests.sync.mirror import Mirror, Office, Stage, Terminal, bundle_of, only_floor, serving
from tests.world import DAY, NOW

PERIOD_S = 900.0


# --- nothing new ------------------------------------------------------------------------------------------------------------


def test_a_poll_with_nothing_new_is_two_requests_and_writes_nothing(stage: Stage) -> None:
    assert stage.visit().fetched
    entries = sorted(path.name for path in (stage.terminal.plan.state / "blobs").iterdir())
    generation = (stage.terminal.plan.state / "current").readlink()
    came = stage.visit(now=NOW + 60)
    assert came.fetched is not None
    assert not came.fetched.new
    assert (came.last.requests, came.last.body_bytes) == (2, 0)
    assert sorted(path.name for path in (stage.terminal.plan.state / "blobs").iterdir()) == entries
    assert (stage.terminal.plan.state / "current").readlink() == generation


def test_a_timestamp_that_was_signed_anew_costs_two_requests_and_less_than_a_kilobyte(stage: Stage) -> None:
    assert stage.visit().fetched
    stage.office.publish(NOW + 900)
    came = stage.visit(now=NOW + 900)
    assert came.last.requests == 2
    assert came.last.body_bytes < 1000


def test_a_mark_is_not_shown_to_a_server_for_bytes_that_are_gone(stage: Stage) -> None:
    assert stage.visit().fetched
    for blob in (stage.terminal.plan.state / "blobs").iterdir():
        blob.unlink()
    stage.mirror.asked.clear()
    assert stage.visit().fetched
    assert [asked.etag for asked in stage.mirror.asked if "timestamp" in asked.path] == [None]


def test_a_bundle_that_the_card_forgot_is_laid_out_again_without_asking_for_it(stage: Stage) -> None:
    assert stage.visit().fetched
    path = (stage.terminal.plan.incoming / "current").resolve() / "rules.cwt"
    path.write_bytes(bytes(path.stat().st_size))
    came = stage.visit()
    assert came.fetched is not None
    assert came.fetched.new
    assert came.last.requests == 2
    assert stage.terminal.bundle == bundle_of(stage.office)


# --- TLS and clocks -----------------------------------------------------------------------------------------------------------


@contextmanager
def secured(folder: Path, place: Path, ended_days: float = 0.0) -> Iterator[tuple[Mirror, str]]:
    """A mirror behind TLS, and the file that says whom to believe."""
    made = certificate(place, days=1, ended_days=ended_days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    with serving(folder) as mirror:
        mirror.socket = context.wrap_socket(mirror.socket, server_side=True)
        yield mirror, str(made.certificate)


def test_tls_is_spoken_with_a_server_whose_certificate_is_believed(stage: Stage, tmp_path: Path) -> None:
    with secured(stage.office.www, tmp_path) as (mirror, chain):
        url = mirror.url.replace("http:", "https:")
        assert stage.terminal.visit(url, plan={"ca_file": chain}).fetched
        stranger = stage.terminal.visit(url)
        assert stranger.last.trouble is Trouble.OFFLINE
        assert "TLS" in stranger.last.what


def test_an_ended_certificate_stops_a_clock_that_knows_the_time_and_not_a_board_without_one(
    stage: Stage, tmp_path: Path
) -> None:
    """A board whose clock begins in 1970 could otherwise never learn the time; what it believes are signatures, not TLS."""
    with secured(stage.office.www, tmp_path, ended_days=1) as (mirror, chain):
        url = mirror.url.replace("http:", "https:")
        assert stage.terminal.visit(url, plan={"ca_file": chain}).last.trouble is Trouble.OFFLINE
        assert stage.terminal.visit(url, plan={"ca_file": chain}, now=only_floor(0)).fetched


# --- sticks -------------------------------------------------------------------------------------------------------------------


def test_the_same_repository_on_a_stick_goes_the_same_way(stage: Stage, tmp_path: Path) -> None:
    came = stage.terminal.visit(folder=stage.office.www)
    assert came.fetched is not None
    assert stage.terminal.bundle == bundle_of(stage.office)
    assert stage.mirror.asked == []


def test_a_stick_that_lay_in_a_drawer_is_taken_and_its_age_is_told(stage: Stage) -> None:
    came = stage.terminal.visit(folder=stage.office.www, now=NOW + 30 * DAY)
    assert came.fetched is not None
    assert came.last.freshness is Outcome.BAD


def test_a_stick_does_not_lead_back_behind_what_came_over_the_network(stage: Stage) -> None:
    old = stage.office.copy("stick")
    stage.office.change(8)
    assert stage.visit().fetched
    assert stage.terminal.visit(folder=old).last.trouble is Trouble.STEP_BACK


def test_a_stick_says_nothing_about_when_to_ask_the_network_again(stage: Stage) -> None:
    first = stage.visit()
    assert stage.terminal.visit(folder=stage.office.www, now=NOW + 5).last.next_s == first.last.next_s


def test_links_out_of_a_stick_pipes_and_huge_files_are_refused(tmp_path: Path) -> None:
    import os

    stick, secret = tmp_path / "stick", tmp_path / "secret"
    stick.mkdir()
    secret.write_bytes(b"x")
    (stick / "link").symlink_to(secret)
    os.mkfifo(stick / "pipe")
    (stick / "huge").write_bytes(bytes(100))
    source = FolderSource(stick)
    for name, trouble in (
        ("link", Trouble.MALFORMED),
        ("../secret", Trouble.MALFORMED),
        ("pipe", Trouble.MALFORMED),
        ("huge", Trouble.TOO_LONG),
        ("none", Trouble.MISSING),
    ):
        with pytest.raises(FetchError) as caught:
            source.get(name, 99)
        assert caught.value.trouble is trouble, name


def test_a_stick_that_is_pulled_out_leaves_what_lay_ready(stage: Stage, tmp_path: Path) -> None:
    assert stage.terminal.visit(folder=tmp_path / "gone").last.trouble is Trouble.MISSING


# --- the record, and what comes after the download -----------------------------------------------------------------------------


class Sender:
    """An uploader that says when it was asked."""

    def __init__(self, fault: SyncError | None = None) -> None:
        self.fault = fault
        self.asked = 0

    def upload(self, ends_s: float) -> None:
        assert ends_s > 0
        self.asked += 1
        if self.fault is not None:
            raise self.fault


def test_a_broken_upload_never_holds_back_a_revocation(stage: Stage) -> None:
    sender = Sender(SyncError(Trouble.OFFLINE, "nobody takes it"))
    came = stage.visit(uploader=sender)
    assert came.fetched is not None
    assert stage.terminal.bundle == bundle_of(stage.office)
    assert (came.last.trouble, came.last.upload) == (None, "offline: nobody takes it")


def test_a_failed_download_does_not_hold_back_the_upload(stage: Stage) -> None:
    sender = Sender()
    came = stage.terminal.visit("http://127.0.0.1:9", uploader=sender)
    assert (came.last.trouble, came.last.upload, sender.asked) == (Trouble.OFFLINE, None, 1)


def test_failures_are_counted_until_the_next_success(stage: Stage) -> None:
    first = stage.visit()
    for expected in (1, 2, 3):
        assert stage.terminal.visit("http://127.0.0.1:9").last.failures == expected
    failed = records.load(stage.terminal.plan.state)
    assert failed.succeeded_s == first.last.succeeded_s
    assert failed.versions == first.last.versions
    assert stage.visit().last.failures == 0


def test_a_visit_that_is_not_due_asks_nothing(stage: Stage) -> None:
    came = stage.visit()
    assert came.last.next_s is not None
    stage.mirror.asked.clear()
    assert not stage.visit(now=NOW + 1, only_when_due=True).due
    assert stage.mirror.asked == []
    assert stage.visit(now=came.last.next_s + 1, only_when_due=True).due


def test_a_moment_that_another_clock_noted_far_ahead_does_not_silence_a_terminal(stage: Stage) -> None:
    assert stage.visit(now=only_floor(NOW)).fetched
    last = records.load(stage.terminal.plan.state)
    records.save(stage.terminal.plan.state, replace(last, next_s=NOW + 400.0 * DAY))
    assert stage.visit(only_when_due=True).due


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"tried_s": "x"}', "[" * 50_000, "\0"])
def test_a_record_that_is_none_is_a_fresh_one(tmp_path: Path, text: str) -> None:
    (tmp_path / records.FILE_NAME).write_text(text)
    assert records.load(tmp_path) == Last()


def test_a_record_comes_back_as_it_was_written(stage: Stage) -> None:
    came = stage.visit()
    assert records.load(stage.terminal.plan.state) == came.last


def test_more_than_a_bundle_holds_is_not_begun(stage: Stage) -> None:
    def swell(signed: object) -> None:
        for target in signed.targets.values():  # type: ignore[attr-defined]
            target.length = MAX_BUNDLE_BYTES + 1

    stage.office.resign("status-now", swell)
    came = stage.visit()
    assert came.last.trouble is Trouble.TOO_LONG
    assert not [path for path in stage.mirror.paths() if path.startswith("targets/")]


# --- rhythm -----------------------------------------------------------------------------------------------------------------------

devices = st.text(st.characters(codec="ascii"), min_size=1, max_size=20)
instants = st.floats(1.6e9, 2.4e9)


@given(devices, instants)
def test_a_device_has_one_moment_in_each_period_and_keeps_it(device: str, now_s: float) -> None:
    slot_s = next_slot_s(device, now_s, PERIOD_S)
    assert now_s < slot_s <= now_s + PERIOD_S + 1e-6
    again_s = next_slot_s(device, slot_s + 1e-3, PERIOD_S)
    assert math.isclose(again_s - slot_s, PERIOD_S, abs_tol=1e-2)


@given(devices, instants, st.integers(0, 60))
def test_after_failures_a_device_waits_longer_and_never_longer_than_the_cap(
    device: str, now_s: float, failures: int
) -> None:
    wait_s = next_try_s(device, now_s, PERIOD_S, failures) - now_s
    assert 0 < wait_s <= MAX_BACK_OFF_S + PERIOD_S
    if failures >= 4:
        assert wait_s >= MAX_BACK_OFF_S / 2 - PERIOD_S


def test_two_terminals_never_stampede() -> None:
    """A thousand get their power back in the same second: in no second of the period do more than a few ask."""
    slots = [int(next_slot_s(f"post-{number}", NOW, PERIOD_S)) for number in range(1000)]
    busiest = max(slots.count(second) for second in set(slots))
    assert busiest <= 8  # an even spread has 1.1 a second; all at once would be 1000
    after = [int(next_try_s(f"post-{number}", NOW, PERIOD_S, 5)) for number in range(1000)]
    assert max(after.count(second) for second in set(after)) <= 8
    pauses = {round(pause_s(f"post-{number}", "metadata", 1), 3) for number in range(1000)}
    assert len(pauses) > 500


def test_a_fleet_spreads_over_its_mirrors_and_each_terminal_has_all_of_them() -> None:
    mirrors = ("a", "b", "c", "d")
    orders = [mirrors_in_order(f"post-{number}", mirrors) for number in range(1000)]
    assert all(sorted(order) == list(mirrors) for order in orders)
    firsts = [order[0] for order in orders]
    assert all(200 < firsts.count(mirror) < 300 for mirror in mirrors)
    assert mirrors_in_order("post-1", ()) == ()


# --- the publisher ----------------------------------------------------------------------------------------------------------------


def test_the_same_keys_bundle_and_time_give_the_same_bytes(tmp_path: Path) -> None:
    def tree(folder: Path) -> dict[str, bytes]:
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    one, two = Office(tmp_path / "one"), Office(tmp_path / "two")
    for path in one.bundle.rglob("*.cwt"):  # ECDSA signs with chance: the bundle is given, not made twice
        (two.bundle / path.relative_to(one.bundle)).write_bytes(path.read_bytes())
    for office in (one, two):
        office.publish()
        office.publish(NOW + 900)
    assert tree(one.www) == tree(two.www)


def test_what_was_published_is_never_changed_but_the_timestamp(stage: Stage) -> None:
    def tree() -> dict[str, bytes]:
        found = {path: path.read_bytes() for path in stage.office.www.rglob("*") if path.is_file()}
        return {str(path): data for path, data in found.items() if path.name != "timestamp.json"}

    before = tree()
    stage.office.change(8, NOW + 900)
    stage.office.publish(NOW + 1000, "root", "timestamp", "snapshot", "trust")
    after = tree()
    assert {name: after[name] for name in before} == before


def test_two_publications_of_one_second_do_not_look_alike_to_a_server(stage: Stage) -> None:
    """nginx makes its ETag of the file's second and its length: a revocation must not hide behind "not modified"."""
    timestamp = stage.office.newest("timestamp")
    times = [int(timestamp.stat().st_mtime)]
    for step in (1, 2, 3):
        stage.office.publish(NOW + step)
        times.append(int(timestamp.stat().st_mtime))
    assert times == sorted(set(times))


def test_only_what_changed_is_signed_anew_and_what_ends_soon(stage: Stage) -> None:
    assert stage.office.publish(NOW + 900).renewed == ("timestamp",)
    (stage.office.bundle / "status/11.cwt").write_bytes(b"other states")
    assert set(stage.office.publish(NOW + 1800).renewed) == {"status-now", "snapshot", "timestamp"}
    assert {"status-now", "snapshot", "timestamp"} <= set(stage.office.publish(NOW + 5 * DAY).renewed)
    assert "root" in stage.office.publish(NOW + 200 * DAY).renewed


def test_a_root_rotates_by_its_threshold_and_a_terminal_follows_over_many_steps(stage: Stage) -> None:
    assert stage.visit().fetched
    for step in range(1, 6):
        stage.office.publish(NOW + step, "root")
    came = stage.visit(now=NOW + 10)
    assert came.fetched is not None
    assert came.last.versions["root"] == 6
    late = Terminal(stage.office.folder / "late", stage.office.root)
    assert late.visit(stage.mirror.url, now=NOW + 10).fetched  # one that was in a box all the while, too


def test_a_publisher_without_the_keys_is_told_and_makes_none(stage: Stage, tmp_path: Path) -> None:
    from issuer.errors import OfficeError
    from issuer.keys import KeyStore
    from issuer.repository import Publisher
    from issuer.ring import Ring

    ring = Ring(KeyStore(tmp_path / "empty"), may_begin=False)
    with pytest.raises(OfficeError, match=r"no key sync-root-N\.key"):
        Publisher(stage.office.www, ring, NOW).publish(stage.office.bundle)
    assert not (tmp_path / "empty").exists()


def test_a_folder_that_is_no_bundle_is_not_published(tmp_path: Path) -> None:
    from issuer.errors import OfficeError

    office = Office(tmp_path)
    (office.bundle / "rules.cwt").unlink()
    with pytest.raises(OfficeError, match=r"there is no rules\.cwt"):
        office.publish()
