"""Small TOML files that people write: read with a cap, refused in words that help. For `config` and `profiles`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from firmware.refusal import ConfigError

#: Ours are below 4 KiB. A larger one is not a file a person wrote for us.
MAX_FILE_BYTES = 64 * 1024
_MAX_SUGGESTED = 12


def read_toml(path: Path) -> dict[str, Any]:
    """The file's table. Raises ConfigError when it cannot be read, is too large, or is not TOML in UTF-8."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(f"{path}: cannot be read ({reason})", "check the path and its rights") from error
    if len(raw) > MAX_FILE_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_FILE_BYTES} bytes", "keep only settings in this file")
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text (byte {error.start})", "save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}", "correct that line; see https://toml.io") from error
    except ValueError as error:  # a number of more than 4300 digits
        raise ConfigError(f"{path}: not valid TOML: {error}", "write numbers that the setting may have") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: nested too deeply", "settings need one level of [section] only") from error


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean "panel.driver"?` for the nearest known word, or the known ones when none is near."""
    from difflib import get_close_matches  # slow to import, and needed only when something is wrong

    words = sorted(known)
    near = get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    more = ", ..." if len(words) > _MAX_SUGGESTED else ""
    return "known: " + ", ".join(words[:_MAX_SUGGESTED]) + more
