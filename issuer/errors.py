"""What the office says when it cannot do what was asked: one short sentence for a person, and an exit code."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of `yanma-issuer` (the names are those of sysexits.h)."""

    OK = 0
    USAGE = 2
    BAD_DATA = 65
    CANNOT_CREATE = 73
    NO_PERMISSION = 77
    BAD_CONFIG = 78


class OfficeError(Exception):
    """Something the user can mend. The text names what was expected, what came, and what to do; never a private key."""

    def __init__(self, text: str, exit_code: Exit) -> None:
        super().__init__(text)
        self.exit_code = exit_code


def bad_usage(text: str) -> OfficeError:
    return OfficeError(text, Exit.USAGE)


def bad_data(text: str) -> OfficeError:
    return OfficeError(text, Exit.BAD_DATA)


def cannot_create(text: str) -> OfficeError:
    return OfficeError(text, Exit.CANNOT_CREATE)


def no_permission(text: str) -> OfficeError:
    return OfficeError(text, Exit.NO_PERMISSION)


def bad_config(text: str) -> OfficeError:
    return OfficeError(text, Exit.BAD_CONFIG)
