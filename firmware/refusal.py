"""Why a command could not do its work, in words for a person, and the exit codes of the product: one table."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the shell is told. From 64 on as in sysexits.h, so that systemd and scripts know them (docs/cli.md)."""

    OK = 0
    NOT_ALL = 1
    USAGE = 2
    DATA = 65
    NO_INPUT = 66
    UNAVAILABLE = 69
    INTERNAL = 70
    IO = 74
    NO_FRAMES = 75
    CONFIG = 78
    INTERRUPTED = 130
    PIPE_CLOSED = 141


class Refusal(Exception):  # noqa: N818 - not a fault of the program: an answer to a person
    """A command cannot go on. `what` says what was expected and what came; `next_step` what to do about it."""

    exit_code = ExitCode.UNAVAILABLE

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step


class NoInputError(Refusal):
    """A file that was named does not exist or may not be read."""

    exit_code = ExitCode.NO_INPUT


class BadDataError(Refusal):
    """A file was read, and is not what it should be."""

    exit_code = ExitCode.DATA


class DiskError(Refusal):
    """The disk could not be written: full, read-only, failing, or not ours."""

    exit_code = ExitCode.IO


class UnavailableError(Refusal):
    """Something that the command needs is not there: trust data, a camera, a library."""

    exit_code = ExitCode.UNAVAILABLE


class ConfigError(Refusal):
    """The configuration cannot be used; started again, it would fail again."""

    exit_code = ExitCode.CONFIG
