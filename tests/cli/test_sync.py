"""`yanma sync`: what it says, and the exit code that systemd sees."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.refusal import ExitCode
from firmware.sync.blobs import Store
from firmware.sync.disk import RealDisk
from tests.cli.conftest import Answer, Demo

Yanma = Callable[..., Answer]


@pytest.fixture
def card(tmp_path: Path, demo: Demo) -> Path:
    """A trust folder with the demo's anchors and nothing else."""
    shutil.copytree(demo.trust / "anchors", tmp_path / "trust/anchors")
    return tmp_path / "trust"


@pytest.fixture
def stick(tmp_path: Path, demo: Demo) -> Path:
    shutil.copytree(demo.trust, tmp_path / "stick", ignore=shutil.ignore_patterns("anchors"))
    return tmp_path / "stick"


def test_the_first_bundle_is_installed_and_the_second_time_all_is_up_to_date(
    yanma: Yanma, card: Path, stick: Path
) -> None:
    first = yanma("sync", "--from", stick, "--trust", card)
    assert (first.code, first.err) == (ExitCode.OK, "")
    assert first.out.startswith("installed: trust list version ")
    assert "the first one here" in first.out
    again = yanma("sync", "--from", stick, "--trust", card)
    assert again.code == ExitCode.OK
    assert again.out.startswith("up to date: 1 status list, the oldest made ")


def test_what_was_installed_is_what_verify_believes(yanma: Yanma, card: Path, stick: Path, demo: Demo) -> None:
    assert yanma("sync", "--from", stick, "--trust", card).code == ExitCode.OK
    answer = yanma("verify", "--trust", card, "--at", demo.at, demo.code("mark-downloaded"))
    assert " VALID" in answer.out


def test_json_is_one_object_for_a_program(yanma: Yanma, card: Path, stick: Path) -> None:
    [said] = yanma("sync", "--json", "--from", stick, "--trust", card).objects
    assert said["state"] == "installed"
    assert said["version_before"] is None
    assert [entry["number"] for entry in said["lists"]] == [11]
    assert said["lists"][0]["age_s"] >= 0
    [again] = yanma("sync", "--json", "--from", stick, "--trust", card).objects
    assert again["state"] == "up-to-date"
    assert again["version_before"] == again["version"] == said["version"]


def test_a_check_writes_nothing(yanma: Yanma, card: Path, stick: Path) -> None:
    answer = yanma("sync", "--check", "--from", stick, "--trust", card)
    assert answer.code == ExitCode.OK
    assert answer.out.startswith("good: trust list version ")
    assert [path.name for path in card.iterdir()] == ["anchors"]


def test_a_bundle_that_does_not_hold_is_refused_with_65_and_what_was_in_force_stays(
    yanma: Yanma, card: Path, stick: Path
) -> None:
    yanma("sync", "--from", stick, "--trust", card)
    before = (card / "current").readlink()
    data = bytearray((stick / "rules.cwt").read_bytes())
    data[-1] ^= 1
    (stick / "rules.cwt").write_bytes(data)
    answer = yanma("sync", "--from", stick, "--trust", card)
    assert answer.code == ExitCode.DATA
    assert "the signature does not hold" in answer.err
    assert "next step: what was in force stays" in answer.err
    assert (card / "current").readlink() == before


def test_a_named_folder_without_a_bundle_is_66_and_an_empty_incoming_folder_is_nothing_to_do(
    yanma: Yanma, card: Path, tmp_path: Path
) -> None:
    assert yanma("sync", "--from", tmp_path / "nowhere", "--trust", card).code == ExitCode.NO_INPUT
    answer = yanma("sync", "--trust", card, "--set", f"sync.source={tmp_path / 'incoming'}")
    assert (answer.code, answer.out) == (ExitCode.OK, f"nothing: no trust.cwt in {tmp_path / 'incoming'}\n")
    answer = yanma("sync", "--trust", card, "--set", "sync.source=none", "--json")
    assert (answer.code, answer.objects) == (ExitCode.OK, [{"state": "nothing", "source": None}])


def test_the_configured_folder_is_what_the_service_installs_from(yanma: Yanma, card: Path, stick: Path) -> None:
    answer = yanma("sync", "--trust", card, "--set", f"sync.source={stick}")
    assert (answer.code, answer.out[:10]) == (ExitCode.OK, "installed:")


def test_anchors_on_a_stick_are_said_to_be_ignored(yanma: Yanma, card: Path, demo: Demo) -> None:
    answer = yanma("sync", "--from", demo.trust, "--trust", card)
    assert answer.code == ExitCode.OK
    assert answer.err == "ignored: anchors/: a bundle never brings anchors\n"


def test_without_anchors_nothing_is_installed(yanma: Yanma, stick: Path, tmp_path: Path) -> None:
    answer = yanma("sync", "--from", stick, "--trust", tmp_path / "bare")
    assert answer.code == ExitCode.UNAVAILABLE
    assert "no anchors" in answer.err
    assert not (tmp_path / "bare").exists()


def test_a_terminal_in_use_does_not_take_a_demos_bundle(yanma: Yanma, card: Path, stick: Path, demo: Demo) -> None:
    answer = yanma(
        "sync", "--from", stick, "--trust", card, "--environment", "production",
        "--set", f"trust.anchors={demo.trust / 'anchors'}",
    )  # fmt: skip
    assert answer.code == ExitCode.CONFIG
    assert not (card / "current").exists()


def test_another_user_than_the_folders_owner_is_told_who_may(
    yanma: Yanma, card: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    answer = yanma("sync", "--from", stick, "--trust", card)
    assert answer.code == ExitCode.UNAVAILABLE
    assert f"sudo -u {card.owner()} " in answer.err
    assert not (card / "current").exists()
    assert yanma("sync", "--check", "--from", stick, "--trust", card).code == ExitCode.OK


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EROFS, "the card went read-only"),
        (errno.EACCES, "chown -R yanma-sync:"),
        (errno.EIO, "look at `dmesg`"),
    ],
)
def test_a_disk_that_cannot_be_written_is_74_with_what_to_do_and_what_was_in_force_stays(
    yanma: Yanma, card: Path, stick: Path, monkeypatch: pytest.MonkeyPatch, fault: int, words: str
) -> None:
    yanma("sync", "--from", stick, "--trust", card)
    shutil.rmtree(card / "blobs")  # what is damaged is written again
    with monkeypatch.context() as broken:
        broken.setattr(RealDisk, "sync", lambda self, path: _fail(fault, path))
        answer = yanma("sync", "--from", stick, "--trust", card)
    assert answer.code == ExitCode.IO
    assert f"{os.strerror(fault)}; what was in force stays" in answer.err
    assert "  next step: " in answer.err
    assert words in answer.err
    again = yanma("sync", "--from", stick, "--trust", card)
    assert (again.code, again.out[:10]) == (ExitCode.OK, "installed:")


def _fail(fault: int, path: Path) -> None:
    raise OSError(fault, os.strerror(fault), str(path))


def test_a_manifest_that_was_lost_is_made_again_and_that_is_said(yanma: Yanma, card: Path, stick: Path) -> None:
    yanma("sync", "--from", stick, "--trust", card)
    (card / "manifest.sqlite").unlink()
    answer = yanma("sync", "--from", stick, "--trust", card)
    assert answer.code == ExitCode.OK
    assert answer.err == "mended: generation 1 was taken over from its record\n"
    (card / "manifest.sqlite").write_bytes(b"rot" * 1000)
    [said] = yanma("sync", "--json", "--from", stick, "--trust", card).objects
    assert said["state"] == "up-to-date"
    assert "made again from the records" in said["repairs"][0]


def test_a_command_that_verifies_says_when_it_uses_the_bundle_before_a_damaged_one(
    yanma: Yanma, card: Path, stick: Path, demo: Demo
) -> None:
    yanma("sync", "--from", stick, "--trust", card)
    with Store.open(card) as store:  # the same bundle in other words: a generation of its own
        current = store.current()
        assert current is not None
        store.commit({**current.entries, "urgent/1": store.put(b"x")}, {})
        (card / "generations" / "00000002").write_bytes(b"rot")
    answer = yanma("verify", "--trust", card, "--at", demo.at, demo.code("mark-downloaded"))
    assert " VALID" in answer.out
    assert "00000002 is damaged; run the sync" in answer.err
