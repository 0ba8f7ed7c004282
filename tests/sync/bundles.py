"""Bundles as they lie in folders, and what a reader of a trust folder sees."""

from __future__ import annotations

from pathlib import Path

from firmware.sync.store import load_trust
from tests.world import NOW, World

ENVIRONMENT = "demo"
#: (version of the trust list, (number, made at) of each list)
Seen = tuple[int, tuple[tuple[int, int], ...]]


def world(version: int = 7, issued: int = NOW - 3600) -> World:
    return World(version=version, status_issued=issued)


def write_bundle(folder: Path, made: World, lists: tuple[int, ...] = (11,)) -> Path:
    """The bundle of a world, without anchors. Lists that lie there already are kept."""
    (folder / "status").mkdir(parents=True, exist_ok=True)
    (folder / "trust.cwt").write_bytes(made.trust_cwt())
    (folder / "rules.cwt").write_bytes(made.rules_cwt())
    for number in lists:
        (folder / "status" / f"{number}.cwt").write_bytes(made.status_cwt(number))
    return folder


def write_older_form(target: Path, made: World, lists: tuple[int, ...] = (11,), number: int = 7) -> Path:
    """A trust folder as it was before there were blobs: a generation is a folder of files, named by `current`."""
    folder = write_bundle(target / "generations" / f"{number:08d}", made, lists)
    (target / "current").unlink(missing_ok=True)
    (target / "current").symlink_to(f"generations/{number:08d}")
    return folder


def write_anchors(folder: Path, environment: str = ENVIRONMENT) -> Path:
    anchor = World().anchors()[0]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "root.toml").write_text(
        f'environment = "{environment}"\nname = "root"\nalg = "ES256"\nkid = "{anchor.kid.hex()}"\n'
        f'public = "{anchor.public.hex()}"\nuses = ["trust", "rules"]\n'
    )
    return folder


def seen(target: Path, anchors: Path) -> Seen:
    """What a reader finds in a trust folder. Raises TrustError."""
    view = load_trust(target, anchors, ENVIRONMENT)
    return view.version, tuple(sorted((entry.number, entry.issued_s) for entry in view.newest_lists))
