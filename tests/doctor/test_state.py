"""Checks of what is known, each with its failing case; and the doctor as a whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from firmware import cli, doctor
from firmware.display.wear import WearMap
from firmware.display.wear_file import WEAR_FILE
from firmware.doctor import state
from firmware.doctor.finding import Finding, Machine, State, ok, warn
from firmware.refusal import ConfigError
from firmware.sync.blobs import Store
from firmware.sync.install import install
from issuer import cli as issuer_cli
from tests.doctor.conftest import NOW_S, Board, Make, write

HOUR_S = 3_600.0


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trust folder of a demo made at NOW_S."""
    folder = tmp_path_factory.mktemp("demo") / "world"
    words = ["demo", str(folder), "--state", str(tmp_path_factory.mktemp("office")), "--at", "2027-01-15T08:00:00Z"]
    assert issuer_cli.main(words) == 0
    return folder / "trust"


def test_settings_name_environment_post_and_files(machine: Make) -> None:
    found = state.settings(machine({"terminal.profile": "gate"}))
    assert (found.state, "demo, post gate" in found.evidence) == (State.OK, True)


def test_an_unknown_profile_is_a_failure_of_the_settings(machine: Make) -> None:
    broken = machine({"terminal.profile": "gaet"})
    findings = dict(doctor.examine(broken))
    assert findings["config"].state is State.FAIL
    assert 'did you mean "gate"?' in findings["config"].remedy


@pytest.mark.parametrize(
    ("after_h", "expected"),
    [(0.0, State.OK), (24.0, State.OK), (24.01, State.WARN), (48.0, State.WARN), (48.01, State.FAIL)],
)
def test_old_status_lists_warn_and_then_fail_at_the_lines_of_the_profile(
    machine: Make, trust: Path, after_h: float, expected: State
) -> None:
    issued_s = _issued_s(trust)
    aged = machine({"trust.folder": str(trust)}, host=Board(wall_s=issued_s + after_h * HOUR_S))
    found = state.trust(aged)
    assert (found.state, found.evidence) == (expected, found.evidence)
    assert "trust list version" in found.evidence


def test_an_expired_trust_list_is_a_failure(machine: Make, trust: Path) -> None:
    late = machine({"trust.folder": str(trust)}, host=Board(wall_s=NOW_S + 3 * 366 * 24 * HOUR_S))
    assert state.trust(late).state is State.FAIL


def test_trust_data_without_a_status_list_is_a_warning(machine: Make, trust: Path, tmp_path: Path) -> None:
    copy = tmp_path / "trust"
    for path in trust.rglob("*"):
        if path.is_file() and path.parent.name != "status":
            write(copy / path.relative_to(trust), path.read_bytes())
    found = state.trust(machine({"trust.folder": str(copy)}))
    assert (found.state, "without any status list" in found.evidence) == (State.WARN, True)


def test_a_damaged_bundle_is_a_warning_that_names_what_is_used_instead_and_its_age(
    machine: Make, trust: Path, tmp_path: Path
) -> None:
    target = tmp_path / "card"
    install(trust, target, trust / "anchors", "demo")
    shutil.copytree(trust / "anchors", target / "anchors")
    with Store.open(target) as store:
        current = store.current()
        assert current is not None
        store.commit({**current.entries, "urgent/1": store.put(b"x")}, {})
    (target / "generations" / "00000002").write_bytes(b"rot")
    fresh = Board(wall_s=_issued_s(trust) + HOUR_S)
    found = state.trust(machine({"trust.folder": str(target)}, host=fresh))
    assert found.state is State.WARN
    assert "00000002 is damaged; in use is the bundle before it: trust list version" in found.evidence
    assert "oldest status list 1 h old" in found.evidence
    assert "yanma sync" in found.remedy


def test_missing_trust_data_is_a_failure_with_the_next_step(machine: Make, tmp_path: Path) -> None:
    found = state.trust(machine({"trust.folder": str(tmp_path / "none")}))
    assert (found.state, "yanma-issuer demo" in found.remedy) == (State.FAIL, True)


def test_trust_data_of_another_environment_is_a_failure(machine: Make, trust: Path) -> None:
    mixed = {
        "terminal.environment": "production",
        "trust.folder": str(trust),
        "trust.anchors": str(trust / "anchors"),
    }
    found = dict(doctor.examine(machine(mixed)))["trust"]
    assert (found.state, "environment 'demo'" in found.evidence) == (State.FAIL, True)


def test_a_ledger_folder_that_can_be_made_or_written_is_well(machine: Make, tmp_path: Path) -> None:
    assert state.ledger(machine()).evidence.endswith("can be made")
    (tmp_path / "ledger").mkdir()
    assert state.ledger(machine()).evidence.endswith("can be written")


def test_a_ledger_of_one_lane_that_nobody_tidies_any_more_is_told(machine: Make, tmp_path: Path) -> None:
    """The defect it stops: lanes share a ledger now, and an old one keeps its records and keys beyond their time."""
    (tmp_path / "ledger").mkdir()
    (tmp_path / "lanes" / "entry" / "ledger").mkdir(parents=True)
    (tmp_path / "lanes" / "exit").mkdir()
    found = state.ledger(machine())
    assert found.evidence.startswith(f"{tmp_path}/lanes/entry/ledger: from before")
    assert "docs/install.md" in found.remedy


def test_a_ledger_folder_that_cannot_be_written_is_a_failure(machine: Make) -> None:
    found = state.ledger(machine({"ledger.folder": "/proc/self/ledger"}))
    assert (found.state, "StateDirectory" in found.remedy) == (State.FAIL, True)


def test_ledger_keys_that_others_may_read_are_a_failure(machine: Make, tmp_path: Path) -> None:
    assert state.secrets(machine()).state is State.SKIP
    key = write(tmp_path / "ledger/digest-2026-06.key", b"x" * 32)
    key.chmod(0o640)
    found = state.secrets(machine())
    assert (found.state, "digest-2026-06.key" in found.evidence) == (State.FAIL, True)
    key.chmod(0o600)
    found = state.secrets(machine())
    assert (found.state, "sealed by: plain" in found.evidence) == (State.OK, True)


@pytest.mark.parametrize(
    ("free_mb", "expected"), [(19, State.FAIL), (20, State.WARN), (199, State.WARN), (200, State.OK)]
)
def test_little_free_space_is_told(machine: Make, free_mb: int, expected: State) -> None:
    assert state.space(machine(free_bytes=lambda folder: free_mb * 2**20)).state is expected


@pytest.mark.parametrize(
    ("seconds", "words"), [(59, "59 s"), (60, "1 min"), (3_599, "59 min"), (3_600, "1 h"), (86_400 * 3 + 5, "3 d")]
)
def test_ages_are_told_in_whole_units(seconds: float, words: str) -> None:
    assert state.age(seconds) == words


def test_a_check_that_cannot_do_its_work_is_a_failure_and_the_others_go_on(
    machine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: Machine) -> Finding:
        raise OSError(5, "Input/output error")

    def refuses(_: Machine) -> Finding:
        raise ConfigError("a wrong setting", "correct it")

    monkeypatch.setattr(doctor, "CHECKS", (("a", breaks), ("b", refuses), ("c", lambda _: ok("well"))))
    findings = dict(doctor.examine(machine()))
    assert [finding.state for finding in findings.values()] == [State.FAIL, State.FAIL, State.OK]
    assert findings["b"].remedy == "correct it"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = cli.main(["doctor", *words])
    return code, capsys.readouterr().out


@pytest.mark.parametrize(
    ("worst", "expected"),
    [(ok("x"), 0), (Finding(State.SKIP, "x"), 0), (warn("x", "y"), 1), (Finding(State.FAIL, "x", "y"), 2)],
)
def test_the_worst_finding_is_the_exit_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, worst: Finding, expected: int
) -> None:
    monkeypatch.setattr(doctor, "CHECKS", (("well", lambda _: ok("fine")), ("other", lambda _: worst)))
    code, out = run(capsys)
    assert code == expected
    assert out.startswith("ok    well           fine\n")
    assert ("-> y" in out) == bool(worst.remedy)


def test_json_gives_one_object_a_check(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CHECKS", (("one", lambda _: warn("seen", "do")),))
    code, out = run(capsys, "--json")
    assert code == 1
    assert json.loads(out) == {"check": "one", "state": "warn", "evidence": "seen", "remedy": "do"}


def test_the_bundle_holds_findings_settings_and_versions_and_no_home_folder(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", "/home/wang")
    monkeypatch.setattr(doctor, "CHECKS", (("one", lambda _: warn("in /home/wang/x", "do")),))
    code, _ = run(capsys, "--bundle", str(tmp_path / "report.zip"))
    with ZipFile(tmp_path / "report.zip") as bundle:
        parts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    assert (code, sorted(parts)) == (1, ["findings.json", "settings.json", "versions.json"])
    assert json.loads(parts["findings.json"])[0]["evidence"] == "in ~/x"
    assert json.loads(parts["settings.json"])["camera.fps"]["value"] == 15
    assert "wang" not in "".join(parts.values())


def test_a_bundle_that_cannot_be_written_is_an_io_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "CHECKS", ())
    assert run(capsys, "--bundle", "/proc/none/report.zip")[0] == 74


def test_a_wrong_configuration_is_the_doctors_only_finding(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, "--set", "panel.drver=none")
    assert code == 2
    assert 'did you mean "panel.driver"?' in out


def test_the_doctor_examines_this_machine_without_an_exception(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, "--json")
    names = [json.loads(line)["check"] for line in out.splitlines()]
    assert code in (0, 1, 2)
    assert names == [name for name, _ in doctor.CHECKS]


OLED = {"panel.driver": "ssd1306"}


def test_the_wear_of_the_display_is_told(machine: Make, tmp_path: Path) -> None:
    assert state.panel_wear(machine({"panel.driver": "none"})).state is State.SKIP
    assert state.panel_wear(machine(OLED)).state is State.SKIP  # nothing kept yet
    wear = WearMap()
    write(tmp_path / WEAR_FILE, wear.to_bytes())
    assert state.panel_wear(machine(OLED)) == ok("nothing was lit yet")
    wear.seconds += 3600.0 * 100
    wear.seconds[3, 4] *= 2
    write(tmp_path / WEAR_FILE, wear.to_bytes())
    found = state.panel_wear(machine(OLED))
    assert (found.state, found.evidence) == (State.OK, "most worn pixel 200.0 h at full light, 2.00 times the mean")


@pytest.mark.parametrize(("hours", "expected"), [(state.WORN_HOURS, State.OK), (state.WORN_HOURS + 1, State.WARN)])
def test_an_old_display_is_a_warning(machine: Make, tmp_path: Path, hours: float, expected: State) -> None:
    write(tmp_path / WEAR_FILE, WearMap(np.full((64, 128), hours * 3600)).to_bytes())
    assert state.panel_wear(machine(OLED)).state is expected


def test_a_torn_map_of_wear_is_a_warning_with_its_file(machine: Make, tmp_path: Path) -> None:
    write(tmp_path / WEAR_FILE, WearMap().to_bytes()[:-7])
    found = state.panel_wear(machine(OLED))
    assert found.state is State.WARN
    assert WEAR_FILE in found.evidence


def _issued_s(trust: Path) -> float:
    from firmware.sync.store import load_trust

    view = load_trust(trust, trust / "anchors", "demo")
    return min(entry.issued_s for entry in view.newest_lists)


SWAPS = "Filename\tType\tSize\tUsed\tPriority\n"


@pytest.mark.parametrize(
    ("swaps", "controllers", "found"),
    [
        ("", "cpu io", State.OK),
        (SWAPS + "/dev/zram0\tpartition\t1\t0\t100\n", "cpu io", State.OK),
        (SWAPS + "/var/swap\tfile\t1\t0\t-2\n", "cpu io", State.WARN),
        (SWAPS + "/dev/zram0\tpartition\t1\t0\t100\n/dev/mmcblk0p3\tpartition\t1\t0\t-2\n", "cpu io", State.WARN),
        (SWAPS + "/var/swap\tfile\t1\t0\t-2\n", "cpu memory io", State.OK),
    ],
)
def test_a_swap_file_that_frames_could_reach_is_a_warning(
    machine: Make, tmp_path: Path, swaps: str, controllers: str, found: State
) -> None:
    write(tmp_path / "root/proc/swaps", swaps)
    write(tmp_path / "root/sys/fs/cgroup/cgroup.controllers", controllers + "\n")
    told = state.swap(machine())
    assert told.state is found
    assert ("cgroup_enable=memory" in told.remedy) == (found is State.WARN)
