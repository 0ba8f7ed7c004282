"""`yanma-issuer publish` as a person runs it: words, exit codes, rotations."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, Root

from issuer.cli import main
from issuer.errors import Exit


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A bundle, as a demo has it, in a folder of its own."""
    assert main(["demo", str(tmp_path / "demo"), "--state", str(tmp_path / "state")]) == 0
    return tmp_path


def publish(site: Path, *words: str, state: str = "state") -> int:
    return main(
        ["publish", str(site / "www"), "--bundle", str(site / "demo/trust"), "--state", str(site / state), *words]
    )


def root(site: Path, version: int) -> Root:
    return Metadata[Root].from_bytes((site / f"www/metadata/{version}.root.json").read_bytes()).signed


def test_the_first_publication_says_what_it_made_and_gives_the_demo_its_first_root(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert publish(site) == Exit.OK
    said = capsys.readouterr().out
    assert "3 files in " in said
    assert "signed anew: root, trust, status-now, firmware, targets, snapshot, timestamp" in said
    first = (site / "www/metadata/1.root.json").read_bytes()
    assert (site / "demo/trust/anchors/root.json").read_bytes() == first


def test_a_root_needs_two_of_three_keys_and_every_role_has_a_key_of_its_own(site: Path) -> None:
    publish(site)
    made = root(site, 1)
    assert (len(made.roles["root"].keyids), made.roles["root"].threshold) == (3, 2)
    targets = json.loads((site / "www/metadata/1.targets.json").read_bytes())["signed"]
    single = [made.roles[role].keyids for role in ("timestamp", "snapshot", "targets")]
    single += [role["keyids"] for role in targets["delegations"]["roles"]]
    assert len({keyid for [keyid] in single}) == 6


def test_a_rotated_root_is_signed_by_the_old_ones_and_by_its_own(site: Path) -> None:
    publish(site)
    assert publish(site, "--rotate-root") == Exit.OK
    old, new = root(site, 1), root(site, 2)
    assert len(set(old.roles["root"].keyids) & set(new.roles["root"].keyids)) == 2
    signed = Metadata[Root].from_bytes((site / "www/metadata/2.root.json").read_bytes())
    old.verify_delegate("root", signed.signed_bytes, signed.signatures)
    new.verify_delegate("root", signed.signed_bytes, signed.signatures)


def test_rotated_online_keys_are_new_and_the_root_keys_stay(site: Path) -> None:
    publish(site)
    assert publish(site, "--rotate-online") == Exit.OK
    old, new = root(site, 1), root(site, 2)
    assert old.roles["root"].keyids == new.roles["root"].keyids
    for role in ("timestamp", "snapshot"):
        assert old.roles[role].keyids != new.roles[role].keyids
    assert old.roles["targets"].keyids == new.roles["targets"].keyids


def test_without_enough_keys_of_the_old_root_there_is_no_new_one(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(site)
    for number in (1, 2):
        (site / f"state/keys/demo/sync-root-{number}.key").unlink()
    for _ in range(3):  # three new ones do not stand in for the old
        code = publish(site, "--rotate-root")
    assert code == Exit.BAD_DATA
    assert "must be signed by 2 keys of the root before it" in capsys.readouterr().err
    assert not (site / "www/metadata/2.root.json").exists()


def test_another_folder_of_keys_is_refused_and_gets_no_new_ones(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(site)
    assert publish(site, state="elsewhere") == Exit.BAD_DATA
    assert "name the folder of its keys with --state" in capsys.readouterr().err
    assert not (site / "elsewhere").exists()


def test_a_folder_without_a_bundle_is_refused(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(site / "demo/trust/status")
    (site / "demo/trust/trust.cwt").unlink()
    assert publish(site) == Exit.BAD_DATA
    assert "there is no trust.cwt in it" in capsys.readouterr().err


def test_metadata_that_is_none_is_not_built_upon(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(site)
    (site / "www/metadata/timestamp.json").write_text("{}")
    assert publish(site) == Exit.BAD_DATA
    assert "publish into an empty folder" in capsys.readouterr().err


def test_no_private_key_lies_in_a_repository(site: Path) -> None:
    publish(site)
    secrets = [line for path in (site / "state").rglob("sync-*.key") for line in path.read_text().splitlines()]
    private = [line.split('"')[1] for line in secrets if line.startswith("private")]
    assert len(private) == 9
    everything = b"".join(path.read_bytes() for path in (site / "www").rglob("*") if path.is_file())
    assert not [one for one in private if one.encode() in everything]


def test_what_a_terminal_polls_for_is_smaller_than_a_kilobyte(site: Path) -> None:
    publish(site)
    assert (site / "www/metadata/timestamp.json").stat().st_size < 1000
