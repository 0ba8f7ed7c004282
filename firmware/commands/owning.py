"""One user writes a folder: what another had written there (root!), that user could not remove later."""

from __future__ import annotations

import os
from pathlib import Path

from firmware.refusal import UnavailableError


def require_owner(folder: Path, next_step: str) -> None:
    """Refuse to write a folder of another user. `{owner}` in the next step is filled in."""
    if folder.is_dir() and folder.stat().st_uid != os.geteuid():
        raise UnavailableError(
            f"{folder} belongs to {_owner(folder)}, and only that user writes it",
            next_step.format(owner=_owner(folder)),
        )


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:  # a number without a name
        return f"#{path.stat().st_uid}"
