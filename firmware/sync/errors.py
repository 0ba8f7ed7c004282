"""Why trust data is not used, in words for a person. OSError stays OSError: a disk that is full, read-only or failing."""

from __future__ import annotations


class TrustError(Exception):
    """Trust data that is missing or must not be used: `what` was wrong, and the `next_step` for the person."""

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(f"{what}; {next_step}")
        self.what = what
        self.next_step = next_step


class MissingError(TrustError):
    """A file or folder of trust data that is not there, or that cannot be read."""


class MissingBlobError(MissingError):
    """A blob that is not in the store, or whose bytes did not fit its hash: fetch it again."""


class StepBackError(TrustError):
    """A floor would fall: what was offered is older than something this terminal has already taken."""


class BusyError(TrustError):
    """Somebody else is writing the trust folder."""
