"""What a server, a mirror, a thief of keys or a card may try, each by its name: the bundle that lay ready stays as it was."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, Root, TargetFile
from tuf.api.serialization.json import JSONSerializer

from firmware.model import Outcome
from firmware.sync.fetch import Trouble
from issuer.ring import Ring
from tests.sync.mirror import Handler, Office, Stage, Terminal, bump, bundle_of, known, only_floor, serving
from tests.world import DAY, NOW

HOUR = 3600


def refused(stage: Stage, trouble: Trouble, **options: object) -> None:
    """A visit that fails for this reason and leaves what lay ready."""
    before = stage.terminal.bundle
    came = stage.visit(**options)
    assert came.last.trouble is trouble, came.last.what
    assert came.fetched is None
    assert stage.terminal.bundle == before


# --- rollback -----------------------------------------------------------------------------------------------------------


def test_rollback_an_older_repository_is_refused(stage: Stage) -> None:
    old = stage.office.copy("old")
    stage.office.change(8, NOW + HOUR)
    assert stage.visit(now=NOW + HOUR).fetched
    stage.mirror.folder = old
    refused(stage, Trouble.STEP_BACK, now=NOW + HOUR)


def test_rollback_of_one_role_alone_is_refused(stage: Stage) -> None:
    stage.office.change(8, NOW + HOUR)
    assert stage.visit(now=NOW + HOUR).fetched
    first = Metadata.from_bytes((stage.office.www / "metadata/1.snapshot.json").read_bytes()).signed.meta["trust.json"]
    stage.office.resign("snapshot", lambda signed: (signed.meta.update({"trust.json": first}), bump(signed))[0])
    refused(stage, Trouble.STEP_BACK, now=NOW + HOUR)


@pytest.mark.parametrize("emptied", ["blobs", "metadata named nowhere"])
def test_emptied_local_files_do_not_bring_an_older_repository_back(stage: Stage, emptied: str) -> None:
    """tuf alone believes it: its local files are all that it has against a rollback."""
    old = stage.office.copy("old")
    stage.office.change(8, NOW + HOUR)
    assert stage.visit(now=NOW + HOUR).fetched
    if emptied == "blobs":
        shutil.rmtree(stage.terminal.plan.state / "blobs")
    else:
        from firmware.sync.blobs import Store

        with Store.open(stage.terminal.plan.state) as store:
            store.commit({}, {})
    stage.mirror.folder = old
    refused(stage, Trouble.STEP_BACK, now=NOW + HOUR)
    stage.mirror.folder = stage.office.www
    assert stage.visit(now=NOW + HOUR).fetched
    assert stage.terminal.bundle == bundle_of(stage.office)


def test_a_rotation_that_was_seen_stays_seen_even_when_nothing_else_came(stage: Stage, tmp_path: Path) -> None:
    assert stage.visit().fetched
    old = stage.office.copy("old")
    stage.office.publish(NOW + HOUR, "timestamp")
    stage.mirror.tricks["timestamp.json"] = lambda handler, _data: handler.answer(404, b"")
    refused(stage, Trouble.MISSING, now=NOW + HOUR)
    stage.mirror.tricks.clear()
    stage.mirror.folder = old  # signed by the key that was retired
    refused(stage, Trouble.WRONG_KEYS, now=NOW + HOUR)


# --- freeze -------------------------------------------------------------------------------------------------------------


def test_freeze_a_server_that_stands_still_is_refused_when_its_timestamp_has_ended(stage: Stage) -> None:
    assert stage.visit().fetched
    assert stage.visit(now=NOW + DAY - 10).fetched
    refused(stage, Trouble.EXPIRED, now=NOW + DAY + 10)


def test_freeze_by_a_clock_in_doubt_there_are_three_answers(stage: Stage) -> None:
    """Surely good, surely ended, and in between: taken, and told as unknown."""
    end_s = NOW + DAY
    for middle_s, expected in ((end_s - 100, Outcome.GOOD), (end_s, Outcome.UNKNOWN)):
        came = stage.visit(now=known(middle_s).__class__.exactly(middle_s, 60.0))
        assert came.fetched is not None
        assert came.last.freshness is expected
    refused(stage, Trouble.EXPIRED, now=known(end_s).__class__.exactly(end_s + 100, 60.0))


def test_freeze_with_a_floor_alone_is_not_seen_and_not_claimed_to_be_seen(stage: Stage) -> None:
    """A board without a clock must be able to sync, or it could never learn the time."""
    came = stage.visit(now=only_floor(NOW - 300 * DAY))
    assert came.fetched is not None
    assert came.last.freshness is Outcome.UNKNOWN
    assert stage.terminal.clock.floor_s == NOW  # x-issued: from here on time is at least this late


def test_freeze_behind_the_floor_is_seen_without_any_clock(stage: Stage) -> None:
    """Something signed is later than the end of what is shown: what is shown has surely ended."""
    stage.terminal.clock.raise_floor(NOW + 3 * DAY)
    refused(stage, Trouble.EXPIRED, now=only_floor(0))


def test_a_time_of_issue_beyond_the_end_of_the_root_moves_no_clock(stage: Stage) -> None:
    far = NOW + 400 * DAY
    stage.office.resign("timestamp", lambda signed: signed.unrecognized_fields.update({"x-issued": far}))
    came = stage.visit()
    assert came.fetched is not None
    assert came.last.issued_s is None
    assert stage.terminal.clock.floor_s == 0


# --- mix-and-match --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["trust", "status-now", "targets", "snapshot"])
def test_mix_and_match_an_old_piece_among_new_ones_is_refused(stage: Stage, role: str) -> None:
    assert stage.visit().fetched
    stage.office.change(8, NOW + HOUR)
    stage.office.resign("targets", bump)
    metadata = stage.office.www / "metadata"
    old = (metadata / f"1.{role}.json").read_bytes()
    stage.mirror.tricks[f"{stage.office.newest(role).name}"] = lambda handler, _data: handler.answer(200, old)
    refused(stage, Trouble.MIXED, now=NOW + HOUR)


def test_mix_and_match_another_files_bytes_under_a_listed_name_are_refused(stage: Stage) -> None:
    other = (stage.office.bundle / "rules.cwt").read_bytes()
    size = (stage.office.bundle / "trust.cwt").stat().st_size
    stage.mirror.tricks["trust.cwt"] = lambda handler, _data: handler.answer(200, (other * 9)[:size])
    refused(stage, Trouble.MIXED)


# --- endless data, and lying lengths ----------------------------------------------------------------------------------------


def endless(handler: Handler, data: bytes) -> None:
    """The right bytes first, then more, without a length: up to 64 MB."""
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.close_connection = True
    handler.wfile.write(data)
    for _ in range(1024):
        handler.wfile.write(b" " * 65536)
        handler.asked.sent += 65536


@pytest.mark.parametrize(
    ("path", "most"),
    [("timestamp.json", 4 << 10), ("2.root.json", 64 << 10), ("snapshot.json", 64 << 10), ("trust.cwt", 4 << 10)],
)
def test_endless_data_is_ended_at_the_cap_of_its_file(stage: Stage, path: str, most: int) -> None:
    stage.mirror.tricks[path] = endless
    before = stage.terminal.bundle
    came = stage.visit()
    assert came.last.trouble is Trouble.TOO_LONG
    assert came.last.body_bytes <= most + (64 << 10)
    assert stage.terminal.bundle == before


def test_endless_data_announced_is_not_even_begun(stage: Stage) -> None:
    stage.mirror.tricks["timestamp.json"] = lambda handler, data: handler.answer(
        200, data, 0, **{"Content-Length": str(1 << 40)}
    )
    refused(stage, Trouble.TOO_LONG)
    assert stage.terminal.visit(stage.mirror.url).last.body_bytes == 0


def test_endless_rounds_of_cut_downloads_end_at_the_cap_of_the_visit(stage: Stage) -> None:
    """A server that ignores ranges and cuts just before the end, again and again."""
    blob = stage.office.bundle / "status/12.cwt"
    blob.write_bytes(bytes(300_000))
    stage.office.publish()
    stage.mirror.tricks["12.cwt"] = lambda handler, data: handler.answer(200, data, len(data) - 1)
    from dataclasses import replace

    limits = replace(stage.terminal.plan.limits, run_bytes=2 << 20)
    came = stage.visit(plan={"limits": limits})
    assert came.last.trouble is Trouble.TOO_LONG
    assert came.last.body_bytes <= (2 << 20) + (64 << 10)


@pytest.mark.parametrize("announced", ["shorter", "longer", "-1", "abc", "9" * 40])
def test_lying_lengths_never_bring_half_a_file_into_force(stage: Stage, announced: str) -> None:
    def lie(handler: Handler, data: bytes) -> None:
        length = {"shorter": str(len(data) - 7), "longer": str(len(data) + 7)}.get(announced, announced)
        handler.answer(200, data, len(data), **{"Content-Length": length})
        handler.close_connection = True

    stage.mirror.tricks["trust.cwt"] = lie
    came = stage.visit()
    assert came.fetched is None or stage.terminal.bundle == bundle_of(stage.office)


def test_a_content_coding_that_nobody_asked_for_is_refused(stage: Stage) -> None:
    """A few bytes of gzip unfold into gigabytes."""
    stage.mirror.tricks["timestamp.json"] = lambda handler, data: handler.answer(
        200, data, **{"Content-Encoding": "gzip"}
    )
    refused(stage, Trouble.MALFORMED)


def test_a_redirect_is_not_followed(stage: Stage) -> None:
    stage.mirror.tricks["timestamp.json"] = lambda handler, _data: handler.answer(
        302, b"", Location="http://127.0.0.1:1/elsewhere"
    )
    refused(stage, Trouble.OFFLINE)


# --- slow server ------------------------------------------------------------------------------------------------------------


def drip(handler: Handler, data: bytes, *, before_headers: bool) -> None:
    """A byte each 50 ms: every read succeeds, and it would take hours."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data)
    handler.close_connection = True
    if not before_headers:
        handler.wfile.write(head)
    for byte in (head + data if before_headers else data)[:400]:
        handler.wfile.write(bytes([byte]))
        time.sleep(0.05)


@pytest.mark.parametrize("before_headers", [True, False])
@pytest.mark.parametrize("path", ["timestamp.json", "rules.cwt"])
def test_slow_server_a_byte_at_a_time_is_left(stage: Stage, path: str, before_headers: bool) -> None:
    stage.mirror.tricks[path] = lambda handler, data: drip(handler, data, before_headers=before_headers)
    began_s = time.monotonic()
    refused(stage, Trouble.SLOW)
    assert time.monotonic() - began_s < 10


def test_slow_server_one_that_says_nothing_is_left(stage: Stage) -> None:
    stage.mirror.tricks["timestamp.json"] = lambda _handler, _data: time.sleep(2.5)
    refused(stage, Trouble.SLOW)


def test_slow_server_the_whole_visit_has_a_deadline(stage: Stage) -> None:
    stage.mirror.tricks[""] = lambda handler, data: (time.sleep(0.3), handler.answer(200 if data else 404, data))[1]
    began_s = time.monotonic()
    refused(stage, Trouble.SLOW, plan={"deadline_s": 1.0})
    assert time.monotonic() - began_s < 3


# --- wrong keys -------------------------------------------------------------------------------------------------------------


def test_wrong_keys_a_strangers_repository_is_refused(stage: Stage, tmp_path: Path) -> None:
    stranger = Office(tmp_path / "stranger", "stranger")
    stranger.publish()
    assert stage.visit().fetched
    stage.mirror.folder = stranger.www
    refused(stage, Trouble.WRONG_KEYS)


def test_wrong_keys_a_strangers_next_root_is_refused(stage: Stage, tmp_path: Path) -> None:
    stranger = Office(tmp_path / "stranger", "stranger")
    stranger.publish()
    stranger.publish(NOW, "root")
    stage.mirror.folder = stranger.www
    refused(stage, Trouble.WRONG_KEYS)
    assert stage.terminal.visit(stage.mirror.url).last.versions == {}


def test_wrong_keys_one_root_key_of_the_two_that_are_needed_is_not_enough(stage: Stage) -> None:
    stage.office.publish(NOW, "root")
    path = stage.office.newest("root")
    metadata: Metadata[Root] = Metadata.from_bytes(path.read_bytes())
    first_roots = Metadata[Root].from_bytes(stage.office.root).signed.roles["root"].keyids
    of_the_old = [keyid for keyid in metadata.signatures if keyid in first_roots]
    for keyid in of_the_old[1:]:
        del metadata.signatures[keyid]
    path.write_bytes(metadata.to_bytes(JSONSerializer(compact=True)))
    refused(stage, Trouble.WRONG_KEYS)


def test_wrong_keys_the_hourly_key_cannot_list_a_trust_list(stage: Stage) -> None:
    """Whoever steals the key of `status-now` may lie about status lists, and about nothing else."""
    assert stage.visit().fetched
    evil = b"a trust list of a thief"
    listed = TargetFile.from_data("trust.cwt", evil, ["sha256"])
    path = stage.office.www / "targets" / f"{listed.hashes['sha256']}.trust.cwt"
    path.write_bytes(evil)
    stage.office.resign("status-now", lambda signed: (signed.targets.update({"trust.cwt": listed}), bump(signed))[0])
    assert stage.visit().fetched
    assert stage.terminal.bundle["trust.cwt"] == (stage.office.bundle / "trust.cwt").read_bytes()


def test_wrong_keys_a_key_cannot_add_a_name_that_is_not_its_own(stage: Stage) -> None:
    """Nobody else lists that name: only the delegation's pattern stands in the way."""
    evil = b"a status list of a thief of the firmware key"
    listed = TargetFile.from_data("status/99.cwt", evil, ["sha256"])
    (stage.office.www / "targets/status" / f"{listed.hashes['sha256']}.99.cwt").write_bytes(evil)
    stage.office.resign("firmware", lambda signed: (signed.targets.update({"status/99.cwt": listed}), bump(signed))[0])
    assert stage.visit().fetched
    assert stage.terminal.bundle == bundle_of(stage.office)


def test_wrong_keys_a_role_signed_by_the_key_of_another_is_refused(stage: Stage) -> None:
    def strip(signed: object) -> None:
        bump(signed)

    stage.office.resign("trust", strip, signer="status-now")
    refused(stage, Trouble.WRONG_KEYS)


# --- expired roles ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "trust", "status-now", "firmware"])
def test_expired_roles_each_is_refused_by_itself(stage: Stage, role: str) -> None:
    assert stage.visit().fetched
    ended = datetime.fromtimestamp(NOW, UTC) - timedelta(seconds=10)

    def end(signed: object) -> None:
        bump(signed)
        signed.expires = ended  # type: ignore[attr-defined]

    stage.office.resign(role, end)
    refused(stage, Trouble.EXPIRED)


def test_expired_roles_a_root_that_ended_is_refused_until_the_next_one_comes(stage: Stage) -> None:
    assert stage.visit().fetched
    late_s = NOW + 366 * DAY
    refused(stage, Trouble.EXPIRED, now=late_s)
    stage.office.publish(late_s)
    assert stage.visit(now=late_s).fetched
    assert stage.visit(now=late_s).last.versions["root"] == 2


# --- fast-forward -------------------------------------------------------------------------------------------------------------


def test_fast_forward_ends_when_the_operator_gives_the_roles_new_keys(stage: Stage) -> None:
    """A thief with the online keys pushes their versions so far that the operator's would all look old."""
    assert stage.visit().fetched
    honest = {path: path.read_bytes() for path in (stage.office.www / "metadata").iterdir()}
    far = 1 << 40

    def forward(signed: object) -> None:
        signed.version = far  # type: ignore[attr-defined]

    stage.office.resign("timestamp", forward)
    assert stage.visit().last.versions["timestamp"] == far
    for path, data in honest.items():
        path.write_bytes(data)
    stage.office.change(8, NOW + HOUR)
    refused(stage, Trouble.STEP_BACK, now=NOW + HOUR)
    stage.office.publish(NOW + HOUR, "timestamp", "snapshot")
    assert stage.visit(now=NOW + HOUR).fetched
    assert stage.terminal.bundle == bundle_of(stage.office)


# --- mirrors ------------------------------------------------------------------------------------------------------------------


def both_orders() -> list[str]:
    """Names of two devices that begin with different mirrors of two."""
    from firmware.sync.rhythm import mirrors_in_order

    first: Callable[[str], int] = lambda device: mirrors_in_order(device, (0, 1))[0]  # noqa: E731
    names = [f"post-{number}" for number in range(40)]
    return [next(name for name in names if first(name) == wanted) for wanted in (0, 1)]


@pytest.mark.parametrize("device", both_orders())
def test_a_mirror_that_serves_yesterdays_is_passed_over_for_the_next(stage: Stage, tmp_path: Path, device: str) -> None:
    yesterdays = stage.office.copy("yesterdays")
    stage.office.change(8, NOW + HOUR)
    terminal = Terminal(tmp_path / device, stage.office.root, device)
    assert terminal.visit(stage.mirror.url, now=NOW + HOUR).fetched
    with serving(yesterdays) as stale:
        came = terminal.visit(stale.url, stage.mirror.url, now=NOW + HOUR)
        assert came.fetched is not None
        assert came.fetched.source == stage.mirror.url
        assert terminal.bundle == bundle_of(stage.office)
        alone = terminal.visit(stale.url, now=NOW + HOUR)
        assert alone.last.trouble is Trouble.STEP_BACK


def test_a_dead_mirror_is_passed_over_for_the_next(stage: Stage) -> None:
    came = stage.terminal.visit("http://127.0.0.1:9", stage.mirror.url)
    assert came.fetched is not None
    assert came.fetched.source == stage.mirror.url


# --- what is no repository ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'{"signed": {}}',
        b"<html>log in to this network</html>",
        b"[" * 4000,
        b"\xff\xfe" * 9,
    ],
    ids=["cut", "list", "null", "bare", "captive portal", "deep", "binary"],
)
def test_what_is_no_metadata_is_refused_in_words(stage: Stage, body: bytes) -> None:
    assert stage.visit().fetched
    stage.mirror.tricks["timestamp.json"] = lambda handler, _data: handler.answer(200, body)
    refused(stage, Trouble.MALFORMED)


def test_names_that_lead_out_of_the_folder_are_refused(stage: Stage) -> None:
    listed = TargetFile.from_data("status/..x", b"x", ["sha256"])
    stage.office.resign("status-now", lambda signed: (signed.targets.update({"status/..x": listed}), bump(signed))[0])
    refused(stage, Trouble.MALFORMED)


def test_the_first_root_comes_from_the_image_and_a_damaged_one_is_said(stage: Stage, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "other", stage.office.root[:-9])
    assert terminal.visit(stage.mirror.url).last.trouble is Trouble.NO_ROOT
    assert len(Ring(stage.office.store, may_begin=False).newest("root", 3)) == 3
