"""A register file on the disk -> the places that a register token names, or a refusal; and no step back from one to another."""

from __future__ import annotations

from pathlib import Path

from firmware.register.facts import RegisterError
from firmware.register.snapshot import Snapshot, sha256_of
from firmware.verify.errors import UntrustedError
from firmware.verify.register_token import RegisterToken
from firmware.verify.sources import OpenRegister, Places
from firmware.verify.trust import TrustView


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


def step_back(before: TrustView, after: TrustView) -> str | None:
    """What is wrong with the register of `after` where `before` was in force; None when nothing is. Only signed dates are compared.

    A lower serial would hide what was revoked since; a register left out while it still serves could come back as an older one.
    """
    old, new = before.register, after.register
    if old is None:
        return None
    if new is None:
        serves = old.token.expires_s >= after.newest_issued_s
        return "the register is missing, and the one in force still serves" if serves else None
    if new.token.serial < old.token.serial:
        return f"register {new.token.serial} is older than {old.token.serial}, in force"
    return None
