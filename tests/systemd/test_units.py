"""The units that put terminal and sync into their sandboxes: systemd itself reads them and says what it thinks.

`systemd-analyze verify` returns 0 for a key it does not know, so anything at all on stderr fails. It also wants the
programs that a unit starts: so each test installs the tree into its own folder, with a stub where the product will be.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from firmware.config_schema import Page, Sync

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "systemd").glob("*.service"))
TERMINALS = [unit for unit in UNITS if unit.name.startswith("yanma-terminal")]
#: The services that reach a network; they have no device and no records.
NETWORKED = {"yanma-time.service", "yanma-fetch.service", "yanma-web.service", "yanma-urgent.service"}
SYNC = ROOT / "systemd/yanma-sync.service"
FETCH = ROOT / "systemd/yanma-fetch.service"
TIME = ROOT / "systemd/yanma-time.service"
WEB = ROOT / "systemd/yanma-web.service"
SYSTEM_UNITS = Path("/usr/lib/systemd/system")
#: systemd's exposure runs from 0 (nothing) to 10 (everything). 0.7 was reached on systemd 252.
MAX_EXPOSURE = 1.5


def require_program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not on this machine")
    return found


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, check=False)


def settings_of(unit: Path) -> dict[str, list[str]]:
    """Key -> values in the order of the file."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A root folder with all that `make install` puts there, systemd's own targets, and a stub for the program."""
    done = run("bash", ROOT / "scripts/install.sh", tmp_path)
    assert done.returncode == 0, done.stderr
    for name in ("opt/yanma/.venv/bin/yanma", "usr/bin/sleep"):
        program = tmp_path / name
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    targets = tmp_path / "usr/lib/systemd/system"
    targets.mkdir(parents=True)
    for target in SYSTEM_UNITS.glob("*.target"):
        shutil.copy(target, targets)
    return tmp_path


def verify(root: Path, unit: str) -> str:
    """What systemd has to say about a unit: nothing, if all is well."""
    done = run(require_program("systemd-analyze"), "verify", f"--root={root}", unit)
    return done.stderr + (f"exit code {done.returncode}" if done.returncode else "")


@pytest.mark.parametrize(
    "unit",
    [
        "yanma-terminal.service",
        "yanma-terminal@entry.service",
        "yanma-sync.service",
        "yanma-sync.timer",
        "yanma-sync.path",
        "yanma-fetch.service",
        "yanma-fetch.timer",
        "yanma-urgent.service",
        "yanma-time.service",
        "yanma-web.service",
    ],
)
def test_systemd_finds_nothing_to_say_about_a_unit(installed: Path, unit: str) -> None:
    assert verify(installed, unit) == ""


def test_an_unknown_key_would_be_noticed(installed: Path) -> None:
    unit = installed / "etc/systemd/system/yanma-terminal.service"
    unit.write_text(unit.read_text().replace("WatchdogSec=", "WatchdogSeconds="))
    assert "WatchdogSeconds" in verify(installed, unit.name)


def test_the_kiosk_drop_in_fits_the_unit(installed: Path) -> None:
    drop_in = installed / "etc/systemd/system/yanma-terminal.service.d/kiosk.conf"
    drop_in.parent.mkdir()
    shutil.copy(installed / "usr/share/yanma/kiosk.conf", drop_in)
    assert verify(installed, "yanma-terminal.service") == ""


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_little_of_the_system_is_exposed_to_a_service(unit: Path) -> None:
    tool = require_program("systemd-analyze")
    done = run(tool, "security", "--offline=true", f"--threshold={MAX_EXPOSURE * 10:g}", unit)
    said = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert said is not None, done.stderr
    assert float(said[1]) <= MAX_EXPOSURE, done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.name not in NETWORKED], ids=lambda unit: unit.name)
def test_a_service_has_no_network(unit: Path) -> None:
    settings = settings_of(unit)
    assert settings["PrivateNetwork"] == ["yes"]
    assert settings["IPAddressDeny"] == ["any"]
    assert settings["RestrictAddressFamilies"] == ["AF_UNIX"]


def test_who_asks_for_the_time_reaches_a_network_and_nothing_of_ours() -> None:
    settings = settings_of(ROOT / "systemd/yanma-time.service")
    assert settings["RestrictAddressFamilies"] == ["AF_INET AF_INET6 AF_UNIX"]
    assert settings["PrivateDevices"] == ["yes"]
    assert settings["InaccessiblePaths"] == ["-/var/lib/yanma"]
    assert "ReadWritePaths" not in settings
    assert settings["RuntimeDirectory"] == ["yanma-time"], "clock.handover"


@pytest.mark.parametrize("unit", TERMINALS, ids=lambda unit: unit.name)
def test_the_terminal_reaches_its_devices_and_no_others(unit: Path) -> None:
    settings = settings_of(unit)
    assert settings["DevicePolicy"] == ["closed"]
    assert sorted(settings["DeviceAllow"]) == [
        "char-dma_heap rw",
        "char-gpiochip rw",
        "char-i2c rw",
        "char-media rw",
        "char-rtc r",
        "char-spi rw",
        "char-video4linux rw",
    ]


@pytest.mark.parametrize("unit", TERMINALS, ids=lambda unit: unit.name)
def test_bad_machinery_is_restarted_and_a_bad_configuration_is_not(unit: Path) -> None:
    settings = settings_of(unit)
    assert settings["Type"] == ["notify"]
    assert settings["WatchdogSec"] == ["10"]
    assert settings["WatchdogSignal"] == ["SIGKILL"]
    assert settings["Restart"] == ["always"]
    assert settings["RestartSec"] == ["1"]
    assert settings["RestartPreventExitStatus"] == ["78"]
    assert int(settings["StartLimitBurst"][0]) > 0


@pytest.mark.parametrize("unit", TERMINALS, ids=lambda unit: unit.name)
def test_what_the_camera_saw_reaches_no_swap_file(unit: Path) -> None:
    assert settings_of(unit)["MemorySwapMax"] == ["0"]


@pytest.mark.parametrize("unit", TERMINALS, ids=lambda unit: unit.name)
def test_a_relay_falls_after_an_end_that_the_terminal_could_not_see(unit: Path) -> None:
    assert settings_of(unit)["ExecStopPost"] == ["-/opt/yanma/.venv/bin/yanma off"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_no_core_file_keeps_what_the_camera_saw(unit: Path) -> None:
    assert settings_of(unit)["LimitCORE"] == ["0"]


@pytest.mark.parametrize("unit", TERMINALS, ids=lambda unit: unit.name)
def test_what_is_believed_is_read_only_for_who_believes_it(unit: Path) -> None:
    settings = settings_of(unit)
    assert settings["ProtectSystem"] == ["strict"]
    assert settings["ReadOnlyPaths"] == ["-/var/lib/yanma/trust -/var/lib/yanma/receipts"]


def test_a_lane_is_the_terminal_with_folders_of_its_own() -> None:
    plain = settings_of(ROOT / "systemd/yanma-terminal.service")
    lane = settings_of(ROOT / "systemd/yanma-terminal@.service")
    differing = {key for key in plain | lane if plain.get(key) != lane.get(key)}
    assert differing == {
        "AssertPathExists",
        "Conflicts",
        "Description",
        "Environment",
        "RuntimeDirectory",
        "RuntimeDirectoryPreserve",
        "StateDirectory",
        "StateDirectoryMode",
        "WorkingDirectory",
    }


def test_lanes_share_one_ledger_which_nobody_else_may_enter() -> None:
    lane = settings_of(ROOT / "systemd/yanma-terminal@.service")
    assert "YANMA_LEDGER__FOLDER=/var/lib/yanma/ledger" in lane["Environment"]
    assert lane["StateDirectory"] == ["yanma/lanes/%i yanma/ledger"]
    assert lane["StateDirectoryMode"] == ["0700"]


def test_what_a_lane_told_the_others_outlives_its_restart() -> None:
    """The defect it stops: the way out restarts, forgets who went out, and the way in stops them tomorrow."""
    lane = settings_of(ROOT / "systemd/yanma-terminal@.service")
    assert lane["RuntimeDirectoryPreserve"] == ["restart"]
    assert "YANMA_TERMINAL__LANES=%t/yanma" in lane["Environment"]


def test_three_failed_starts_reboot_a_kiosk() -> None:
    parser = RawConfigParser(strict=True)
    parser.optionxform = str  # keys keep their capitals
    parser.read(ROOT / "systemd/kiosk.conf")
    assert dict(parser["Unit"]) == {
        "StartLimitIntervalSec": "10min",
        "StartLimitBurst": "3",
        "StartLimitAction": "reboot",
    }


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """A root folder with the user and groups of the units and nothing else."""
    (tmp_path / "etc").mkdir()
    done = run(require_program("systemd-sysusers"), f"--root={tmp_path}", ROOT / "systemd/sysusers.d/yanma.conf")
    assert done.returncode == 0, done.stderr
    return tmp_path


@pytest.mark.parametrize("who", ["terminal", "sync", "fetch", "time", "urgent"])
def test_the_users_of_the_units_are_made_without_a_login(users: Path, who: str) -> None:
    made = (users / "etc/passwd").read_text()
    assert re.search(rf"^yanma-{who}:x:\d+:\d+:Yanma {who}:/var/lib/yanma:/usr/sbin/nologin$", made, re.MULTILINE)
    groups = {line.partition(":")[0] for line in (users / "etc/group").read_text().splitlines()}
    for unit in UNITS:
        settings = settings_of(unit)
        assert {settings["User"][0], *" ".join(settings.get("SupplementaryGroups", [])).split()} <= groups


def number_of(user: str, root: Path) -> int:
    return int((root / "etc/passwd").read_text().partition(f"{user}:x:")[2].partition(":")[0])


def make_folders(root: Path) -> None:
    tool = require_program("systemd-tmpfiles")
    if os.geteuid() != 0:
        pytest.skip("only root may give folders to other users")
    done = run(tool, f"--root={root}", "--create", ROOT / "systemd/tmpfiles.d/yanma.conf")
    assert (done.returncode, done.stderr) == (0, "")


def owner_and_mode(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_uid, status.st_mode & 0o777


def test_the_folders_are_made_with_their_owners(users: Path) -> None:
    make_folders(users)
    assert (users / "etc/yanma/config.d").is_dir()
    state = users / "var/lib/yanma"
    assert owner_and_mode(state) == (number_of("yanma-terminal", users), 0o755)
    assert owner_and_mode(state / "trust") == (number_of("yanma-sync", users), 0o755)
    assert owner_and_mode(state / "fetch") == (number_of("yanma-fetch", users), 0o755)
    assert owner_and_mode(state / "incoming") == (number_of("yanma-fetch", users), 0o755)


def test_an_operator_may_give_the_incoming_folder_to_the_tool_that_fills_it(users: Path) -> None:
    make_folders(users)
    os.chown(users / "var/lib/yanma/incoming", 12345, 12345)
    make_folders(users)
    assert owner_and_mode(users / "var/lib/yanma/incoming") == (12345, 0o755)


def test_the_sync_writes_the_trust_folder_and_nothing_else() -> None:
    settings = settings_of(SYNC)
    assert settings["User"] == ["yanma-sync"]
    assert settings["ProtectSystem"] == ["strict"]
    assert settings["ReadWritePaths"] == ["/var/lib/yanma/trust"]
    assert not {"StateDirectory", "RuntimeDirectory", "CacheDirectory", "LogsDirectory", "BindPaths"} & settings.keys()


def test_the_sync_has_no_devices() -> None:
    settings = settings_of(SYNC)
    assert settings["PrivateDevices"] == ["yes"]
    assert settings["DevicePolicy"] == ["closed"]
    assert not {"DeviceAllow", "SupplementaryGroups"} & settings.keys()


def test_the_fetch_has_a_network_outwards_and_writes_neither_trust_nor_records() -> None:
    settings = settings_of(FETCH)
    assert settings["User"] == ["yanma-fetch"]
    assert settings["RestrictAddressFamilies"] == ["AF_UNIX AF_INET AF_INET6"]
    assert settings["SocketBindDeny"] == ["any"]
    assert settings["ProtectSystem"] == ["strict"]
    assert settings["ReadWritePaths"] == [f"{Sync().state} {Sync().source} -/var/lib/yanma/receipts"]
    assert settings["InaccessiblePaths"] == ["-/var/lib/yanma/ledger -/var/lib/yanma/lanes"]
    assert settings["PrivateDevices"] == ["yes"]
    assert not {"DeviceAllow", "SupplementaryGroups", "StateDirectory", "BindPaths"} & settings.keys()


def test_the_fetch_polls_at_a_moment_of_each_terminals_own_over_the_whole_period() -> None:
    settings = settings_of(ROOT / "systemd/yanma-fetch.timer")
    assert settings["OnCalendar"] == ["*:0/15"]
    assert settings["RandomizedDelaySec"] == ["15min"]
    assert settings["FixedRandomDelay"] == ["yes"]
    assert settings["Persistent"] == ["yes"]
    assert Sync().period_s == 15 * 60
    assert Sync().deadline_s < 5 * 60  # TimeoutStartSec


def test_the_sync_ends_by_itself_and_never_takes_a_file_from_the_terminals_eyes() -> None:
    settings = settings_of(SYNC)
    assert settings["Type"] == ["oneshot"]
    assert settings["TimeoutStartSec"] == ["5min"]
    assert settings["UMask"] == ["0022"]


def test_a_fleet_never_asks_at_once_and_what_was_missed_is_made_up_for() -> None:
    settings = settings_of(ROOT / "systemd/yanma-sync.timer")
    assert settings["OnCalendar"] == ["*:0/15"]
    assert settings["RandomizedDelaySec"] == ["10min"]
    assert settings["FixedRandomDelay"] == ["yes"]
    assert settings["Persistent"] == ["yes"]


def test_the_folder_that_is_watched_is_the_one_that_is_read() -> None:
    watched = settings_of(ROOT / "systemd/yanma-sync.path")["PathChanged"]
    assert watched == [Sync().source, f"{Sync().source}/status"]


def test_the_device_rules_are_well_formed() -> None:
    tool = require_program("udevadm")
    if "verify" not in run(tool, "--help").stdout:
        pytest.skip("this udevadm is older than 254 and has no verify")
    done = run(tool, "verify", ROOT / "systemd/udev/70-yanma.rules")
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_device_rule_gives_a_class_of_devices_to_a_group_of_the_terminal() -> None:
    groups = set(settings_of(TERMINALS[0])["SupplementaryGroups"][0].split())
    rules = (ROOT / "systemd/udev/70-yanma.rules").read_text().splitlines()
    lines = [line for line in rules if line and not line.startswith("#")]
    assert len(lines) == 6
    for line in lines:
        said = re.fullmatch(r'SUBSYSTEM=="[a-z0-9_-]+", (?:KERNEL=="[a-z*]+", )?GROUP="(\w+)", MODE="0660"', line)
        assert said is not None, line
        assert said[1] in groups


# --- the page: whatever is wrong with it, no barrier moves -----------------------------------------------------------------


def test_the_page_reaches_no_device_no_trust_and_no_record() -> None:
    settings = settings_of(WEB)
    assert settings["User"] == ["yanma-web"]
    assert settings["PrivateDevices"] == ["yes"]
    assert settings["DevicePolicy"] == ["closed"]
    assert (
        not {"DeviceAllow", "SupplementaryGroups", "ReadWritePaths", "StateDirectory", "RuntimeDirectory"}
        & settings.keys()
    )
    assert settings["InaccessiblePaths"] == ["-/var/lib/yanma"]
    assert settings["ProtectSystem"] == ["strict"]


def test_the_page_talks_to_loopback_alone_on_its_one_port() -> None:
    settings = settings_of(WEB)
    assert settings["IPAddressDeny"] == ["any"]
    assert settings["IPAddressAllow"] == ["localhost"]
    assert settings["RestrictAddressFamilies"] == ["AF_UNIX AF_INET"]
    assert settings["SocketBindDeny"] == ["any"]
    assert settings["SocketBindAllow"] == [f"ipv4:tcp:{Page().port}"]


def test_the_page_is_off_until_somebody_switches_it_on() -> None:
    assert Page().enabled is False
    assert Page().lan is False
    assert "enable" not in (ROOT / "scripts/install.sh").read_text().replace("enable --now yanma-terminal", "")


@pytest.mark.parametrize("unit", TERMINALS, ids=lambda unit: unit.name)
def test_terminal_and_page_meet_in_one_folder(users: Path, unit: Path) -> None:
    assert settings_of(unit)["ReadWritePaths"] == [f"-/var/lib/yanma/outbox -{Page().folder}"]
    make_folders(users)
    folder = users / Page().folder.lstrip("/")
    status = folder.stat()
    assert (status.st_uid, status.st_mode & 0o7777) == (number_of("yanma-terminal", users), 0o2750)
    assert status.st_gid == number_of("yanma-web", users)


def test_who_hears_urgent_items_reaches_a_network_and_writes_its_own_folder_alone() -> None:
    settings = settings_of(ROOT / "systemd/yanma-urgent.service")
    assert settings["User"] == ["yanma-urgent"]
    assert settings["ReadWritePaths"] == ["/var/lib/yanma/urgent"]
    assert settings["PrivateDevices"] == ["yes"]
    assert settings["SocketBindDeny"] == ["any"]
    assert "/var/lib/yanma/ledger" in settings["InaccessiblePaths"][0]
