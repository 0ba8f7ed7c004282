"""`yanma sync fetch`, `now` and `status`, from a repository that `yanma-issuer publish` made: words and exit codes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware.refusal import ExitCode
from issuer import cli as issuer_cli
from tests.cli.conftest import Answer, Demo
from tests.sync.mirror import Mirror, serving

Yanma = Callable[..., Answer]


@dataclass
class Site:
    """A demo's repository, its server, and a terminal that has the demo's anchors and first root."""

    www: Path
    mirror: Mirror
    home: Path
    state: Path
    bundle: Path

    @property
    def options(self) -> tuple[str, ...]:
        places = {
            "trust.folder": self.home / "trust",
            "sync.source": self.home / "incoming",
            "sync.state": self.home / "fetch",
            "clock.floor": self.home / "floor",
            "sync.urls": self.mirror.url,
        }
        return tuple(word for key, value in places.items() for word in ("--set", f"{key}={value}"))

    def publish(self, *words: str) -> int:
        return issuer_cli.main(
            ["publish", str(self.www), "--bundle", str(self.bundle), "--state", str(self.state), *words]
        )


@pytest.fixture
def site(tmp_path: Path, demo: Demo) -> Iterator[Site]:
    bundle = Path(shutil.copytree(demo.trust, tmp_path / "bundle"))
    www = tmp_path / "www"
    www.mkdir()
    with serving(www) as mirror:
        made = Site(www, mirror, tmp_path / "home", tmp_path / "office", bundle)
        assert made.publish() == 0
        shutil.copytree(bundle / "anchors", made.home / "trust/anchors")
        yield made


def test_now_fetches_and_installs_and_the_second_time_nothing_is_new(yanma: Yanma, site: Site, demo: Demo) -> None:
    first = yanma("sync", "now", *site.options)
    assert (first.code, first.err) == (ExitCode.OK, "")
    assert first.lines[0] == f"fetched 3 files from {site.mirror.url}: 10 requests, {first.lines[0].split()[-2]} bytes"
    assert first.lines[1].startswith("installed: trust list version ")
    again = yanma("sync", "now", *site.options)
    assert again.lines[0] == f"nothing new from {site.mirror.url}: 2 requests, 0 bytes"
    assert again.lines[1].startswith("up to date: ")
    answer = yanma("verify", "--trust", site.home / "trust", "--at", demo.at, demo.code("mark-downloaded"))
    assert " VALID" in answer.out


def test_fetch_and_install_are_two_steps_for_two_users(yanma: Yanma, site: Site) -> None:
    assert yanma("sync", "fetch", *site.options).code == ExitCode.OK
    assert not (site.home / "trust/current").exists()
    installed = yanma("sync", *site.options)
    assert (installed.code, installed.out[:10]) == (ExitCode.OK, "installed:")


def test_json_of_now_is_one_object_with_both_steps(yanma: Yanma, site: Site) -> None:
    [said] = yanma("sync", "now", "--json", *site.options).objects
    assert said["state"] == "installed"
    assert said["fetch"]["new"] is True
    assert said["fetch"]["freshness"] == "good"
    assert said["fetch"]["requests"] == 10
    [fetched] = yanma("sync", "fetch", "--json", *site.options).objects
    assert (fetched["new"], fetched["requests"], fetched["body_bytes"]) == (False, 2, 0)


def test_offline_is_69_and_what_was_in_force_stays(yanma: Yanma, site: Site) -> None:
    assert yanma("sync", "now", *site.options).code == ExitCode.OK
    before = (site.home / "trust/current").readlink()
    answer = yanma("sync", "now", *site.options, "--set", "sync.urls=http://127.0.0.1:9")
    assert answer.code == ExitCode.UNAVAILABLE
    assert "yanma: offline: " in answer.err
    assert "it is tried again by itself" in answer.err
    assert (site.home / "trust/current").readlink() == before


def test_what_must_not_be_believed_is_65_and_named(yanma: Yanma, site: Site) -> None:
    old = shutil.copytree(site.www, site.home.parent / "old")
    assert site.publish() == 0
    assert yanma("sync", "now", *site.options).code == ExitCode.OK
    site.mirror.folder = Path(old)
    answer = yanma("sync", "now", *site.options)
    assert answer.code == ExitCode.DATA
    assert "step-back: " in answer.err


def test_nowhere_to_fetch_from_is_66(yanma: Yanma, site: Site) -> None:
    answer = yanma("sync", "fetch", *site.options, "--set", "sync.urls=none")
    assert answer.code == ExitCode.NO_INPUT
    assert "sync.urls is none" in answer.err


def test_without_the_first_root_nothing_is_fetched_and_the_next_step_is_named(yanma: Yanma, site: Site) -> None:
    (site.home / "trust/anchors/root.json").unlink()
    answer = yanma("sync", "fetch", *site.options)
    assert answer.code == ExitCode.UNAVAILABLE
    assert "root.json" in answer.err
    assert site.mirror.asked == []


def test_a_repository_on_a_stick_goes_the_same_way(yanma: Yanma, site: Site) -> None:
    answer = yanma("sync", "now", "--from", site.www, *site.options, "--set", "sync.urls=none")
    assert answer.code == ExitCode.OK
    assert answer.lines[0].startswith(f"fetched 3 files from {site.www}: ")
    assert answer.lines[1].startswith("installed: ")


def test_a_repository_given_as_a_bundle_is_66_with_the_right_command(yanma: Yanma, site: Site) -> None:
    answer = yanma("sync", "--from", site.www, *site.options)
    assert answer.code == ExitCode.NO_INPUT
    assert f"yanma sync now --from {site.www}" in answer.err


def test_a_poll_that_is_not_due_says_so(yanma: Yanma, site: Site) -> None:
    words = (*site.options, "--set", "sync.period_s=86400")  # the next moment is hours away
    assert yanma("sync", "fetch", *words).code == ExitCode.OK
    answer = yanma("sync", "fetch", "--due", *words)
    assert (answer.code, answer.out) == (ExitCode.OK, "not due yet\n")
    [said] = yanma("sync", "fetch", "--due", "--json", *words).objects
    assert said["due"] is False


@pytest.mark.parametrize(
    ("language", "never", "good", "failed"),
    [
        ("zh", "还没有同步过", "上次成功: ", "网络不通"),
        ("en", "not synced yet", "last success: ", "no way to the server"),
    ],
)
def test_status_says_how_it_stands_in_both_languages(
    yanma: Yanma, site: Site, language: str, never: str, good: str, failed: str
) -> None:
    words = (*site.options, "--set", f"terminal.language={language}")
    answer = yanma("sync", "status", *words)
    assert (answer.code, answer.out) == (ExitCode.NO_INPUT, f"{never}\n")
    yanma("sync", "fetch", *words)
    answer = yanma("sync", "status", *words)
    assert (answer.code, answer.out[: len(good)]) == (ExitCode.OK, good)
    yanma("sync", "fetch", *words, "--set", "sync.urls=http://127.0.0.1:9")
    answer = yanma("sync", "status", *words)
    assert answer.code == ExitCode.NOT_ALL
    assert failed in answer.out
    assert good in answer.out


def test_status_as_json_has_what_a_program_watches(yanma: Yanma, site: Site) -> None:
    yanma("sync", "fetch", *site.options)
    [said] = yanma("sync", "status", "--json", *site.options).objects
    assert (said["behind"], said["trouble"], said["failures"]) == (False, None, 0)
    assert said["versions"]["timestamp"] == 1
    assert said["next_s"] > said["tried_s"]


def test_only_the_owner_of_the_folders_fetches(yanma: Yanma, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    assert yanma("sync", "fetch", *site.options).code == ExitCode.OK
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    answer = yanma("sync", "fetch", *site.options)
    assert answer.code == ExitCode.UNAVAILABLE
    assert "systemctl start yanma-fetch" in answer.err


def test_every_trouble_has_words_in_both_languages() -> None:
    from firmware.commands.standing import WHY
    from firmware.sync.fetch import Trouble

    assert set(WHY) == set(Trouble)
