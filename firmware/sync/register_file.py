"""A register file on the disk -> the places that a register token names, or a refusal."""

from __future__ import annotations

from pathlib import Path

from firmware.register.facts import RegisterError
from firmware.register.snapshot import Snapshot, sha256_of
from firmware.verify.errors import UntrustedError
from firmware.verify.register_token import RegisterToken
from firmware.verify.sources import OpenRegister, Places


def register_opener(path: Path) -> OpenRegister:
    """What opens the register at `path` for a token: its whole content is compared with the token's hash, once, then mapped."""

    def opened(token: RegisterToken) -> Places:
        try:
            if path.stat().st_size != token.size_bytes or sha256_of(path) != token.content:
                raise UntrustedError(f"{path.name} is not the register that its token names")
            return Snapshot(path)
        except OSError as error:
            raise UntrustedError(f"{path.name}: {error.strerror}") from error
        except RegisterError as error:
            raise UntrustedError(f"{path.name}: {error}") from error

    return opened
