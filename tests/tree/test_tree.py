"""Facts about the repository itself: what lies in it, what must never lie in it, and that its documents tell the truth."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from firmware.model import Reason
from firmware.verify import wire

ROOT = Path(__file__).parents[2]
SKIPPED_FOLDERS = {".git", ".venv", "__pycache__", "build", "dist", "demo", "out", ".hypothesis"}
#: Test vectors of others come with the keys that made them; nothing else may hold one.
KEYS_ALLOWED = ROOT / "tests/vectors"
DOCUMENTS = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("keys/**/*.md")})


def all_files() -> list[Path]:
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS and not name.endswith("_cache")]
        paths = [Path(folder, name) for name in names]
        found += [path for path in paths if path.is_file() and not path.is_symlink()]  # no pipe: reading one never ends
    return found


FILES = all_files()


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


# --- keys ---------------------------------------------------------------------------------------------------------------

PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY"  # PEM of any kind
    r"|\"d\"\s*:\s*\"[A-Za-z0-9_-]{32,}\""  # the private half of a JWK
    r"|^untrusted comment: .*secret key",  # signify, minisign
    re.MULTILINE,
)
KEY_FILES = re.compile(r".*\.(pem|key|p8|p12|pfx|jwk|keys?\.json)$|id_(rsa|ed25519|ecdsa)")


def test_no_private_key_lies_in_the_tree() -> None:
    outside = [path for path in FILES if KEYS_ALLOWED not in path.parents]
    assert [path for path in outside if PRIVATE_KEY.search(text_of(path))] == []
    assert [path for path in outside if KEY_FILES.fullmatch(path.name)] == []


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN" + " PRIVATE KEY-----",
        "-----BEGIN" + " OPENSSH PRIVATE KEY-----",
        "-----BEGIN" + " ENCRYPTED PRIVATE KEY-----",
        '{"kty": "EC", "d"' + ': "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}',
    ],
)
def test_a_private_key_would_be_noticed(text: str) -> None:
    assert PRIVATE_KEY.search(text)


@pytest.mark.parametrize("environment", ["demo", "staging", "production"])
def test_a_folder_of_anchors_holds_a_readme_and_anchors_only(environment: str) -> None:
    folder = ROOT / "keys" / environment
    assert (folder / "README.md").is_file()
    for path in folder.iterdir():
        assert path.name in ("README.md", "root.json") or path.suffix == ".toml"


@pytest.mark.parametrize("path", sorted((ROOT / "keys").glob("*/*.toml")), ids=lambda path: path.name)
def test_an_anchor_is_public_and_of_its_folder(path: Path) -> None:
    anchor = tomllib.loads(path.read_text())
    assert set(anchor) == {"environment", "name", "alg", "kid", "public", "uses"}
    assert anchor["environment"] == path.parent.name
    assert anchor["alg"] in wire.Alg.__members__
    assert len(bytes.fromhex(anchor["kid"])) == wire.KID_BYTES


def test_the_demo_has_no_anchors_of_everybody() -> None:
    assert list((ROOT / "keys/demo").glob("*.toml")) == []


# --- words and addresses ------------------------------------------------------------------------------------------------


def test_no_text_of_the_device_calls_a_person_a_forger() -> None:
    accusing = re.compile(
        "[伪偽]造|[假]证|[假]码|" + "|".join(rf"\b{word}\b" for word in ("fa" + "ke", "for" + "ged")), re.I
    )
    spoken = [*(ROOT / "firmware/display").glob("*.py"), ROOT / "docs/field-guide.md"]
    assert [path.name for path in spoken if accusing.search(text_of(path))] == []


def test_no_path_of_a_developers_machine_is_written_down() -> None:
    own = re.compile(r"(?<![\w.$}/])/(?:home|Users)/(?!pi\b|user\b|NAME\b)[a-z]\w*/|file:///(?:home|root|Users)/")
    written = [path for path in FILES if ROOT / "tests" not in path.parents]  # tests invent homes
    assert [path for path in written if own.search(text_of(path))] == []


def test_no_link_and_no_environment_is_committed() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this copy has no history")
    done = subprocess.run(["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, text=True, timeout=20, check=True)
    tracked = [line.split(maxsplit=3) for line in done.stdout.splitlines()]
    assert [path for mode, _, _, path in tracked if mode == "120000" or path.split("/")[0] == ".venv"] == []


@pytest.mark.parametrize("name", ["lock.txt", "lock-pi.txt", "device.in", "dev.in", "fuzz.in", "mutants.in"])
def test_a_requirements_file_names_no_package_index(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    assert not re.search(r"index-url|find-links|https?://|file:", text)


# --- the locks ----------------------------------------------------------------------------------------------------------


def locked(name: str) -> set[str]:
    """The requirement lines of a lock, without their hashes."""
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    return {line.rstrip(" \\") for line in lines if line and line[0].isalnum()}


def test_every_locked_package_carries_a_hash() -> None:
    for name in ("lock.txt", "lock-pi.txt"):
        text = (ROOT / "requirements" / name).read_text()
        for block in re.split(r"\n(?=\w)", text.strip()):
            assert "--hash=sha256:" in block, block


def test_a_pi_has_the_same_versions_without_what_apt_brings() -> None:
    missing = locked("lock.txt") - locked("lock-pi.txt")
    assert locked("lock-pi.txt") < locked("lock.txt")
    assert {line.partition("==")[0] for line in missing} == {"numpy", "lgpio"}


def test_every_direct_dependency_has_its_reason() -> None:
    record = (ROOT / "docs/decisions/0003-dependencies.md").read_text().lower()
    for name in ("device.in", "dev.in"):
        for line in (ROOT / "requirements" / name).read_text().splitlines():
            package = re.match(r"[a-z0-9][a-z0-9.-]+", line)
            if package:
                assert f"`{package[0]}`" in record, package[0]


# --- commands -----------------------------------------------------------------------------------------------------------

TARGETS = dict(re.findall(r"^([a-z-]+):[^=#\n]*## (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_make_alone_lists_every_command() -> None:
    done = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, timeout=20, check=True)
    for target, help_line in TARGETS.items():
        assert re.search(rf"^  make {target} +{re.escape(help_line)}$", done.stdout, re.MULTILINE), target


def test_every_target_has_a_help_line() -> None:
    declared = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert declared is not None
    assert set(declared[1].replace("\\", " ").split()) == set(TARGETS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_names_only_commands_that_exist(path: Path) -> None:
    text = text_of(path)
    in_code = " ".join(re.findall(r"`[^`\n]+`|^```.*?^```", text, re.MULTILINE | re.DOTALL))
    for target in re.findall(r"\bmake ([a-z][a-z-]+)", in_code):
        assert target in TARGETS, f"make {target}"


def test_the_readme_has_every_command_in_its_table() -> None:
    for name in ("README.md", "README.zh.md"):
        table = set(re.findall(r"^\| `make ([a-z-]+)", text_of(ROOT / name), re.MULTILINE))
        assert table == set(TARGETS), name


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_links_of_a_document_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)|<img[^>]*src=\"([^\"]+)\"", text_of(path)):
        link = target[0] or target[1]
        if not re.match(r"https?:|mailto:", link):
            assert (path.parent / link).exists(), link


@pytest.mark.parametrize(
    "path", sorted([*(ROOT / "scripts").glob("*.sh"), ROOT / ".ci/run"]), ids=lambda path: path.name
)
def test_a_script_can_be_started_and_parsed(path: Path) -> None:
    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/usr/bin/env bash\n")
    subprocess.run(["bash", "-n", path], check=True, timeout=10)


# --- documents ----------------------------------------------------------------------------------------------------------


def test_the_field_guide_has_every_reason_in_both_languages() -> None:
    guide = (ROOT / "docs/field-guide.md").read_text()
    chinese, _, english = guide.partition("\n# Field guide\n")
    for part in (chinese, english):
        assert set(re.findall(r"^\| `([A-Z_]+)` \|", part, re.MULTILINE)) == set(Reason)


@pytest.mark.parametrize("path", sorted((ROOT / "docs/decisions").glob("*.md")), ids=lambda path: path.stem[:4])
def test_a_decision_says_its_outcome_first(path: Path) -> None:
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+", path.stem)
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    assert headings[0].startswith(path.stem[:4] + ". ")
    assert headings[1:5] == ["Outcome", "Drivers", "Options", "What would change our mind"]


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.stem[:4]) for path in (ROOT / "docs/decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_wiring_table_shows_the_pins_that_the_configuration_starts_with() -> None:
    schema = pytest.importorskip("firmware.config_schema")
    pins = schema.Pins()
    shown = dict(
        re.findall(r"^\| `pins\.(\w+)` \|[^|]*\| GPIO(\d+) \|", text_of(ROOT / "docs/hardware.md"), re.MULTILINE)
    )
    wired = {item.name: str(getattr(pins, item.name)) for item in fields(pins) if type(getattr(pins, item.name)) is int}
    assert shown == wired
