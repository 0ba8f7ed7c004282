"""The trust folder -> TrustView. What lies on the card or a stick is a stranger: all of it is verified at every load.

trust/trust.cwt  trust/rules.cwt  trust/status/*.cwt      written by sync, or by hand from a stick
keys/<environment>/*.toml                                 anchors, part of the image
trust/anchors/*.toml                                      anchors of the demo environment alone
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from firmware.verify import wire
from firmware.verify.trust import MAX_STATUS_BYTES, MAX_TRUST_BYTES, Anchor, TrustView, UntrustedError, build_view

DEMO: Final = "demo"
MAX_ANCHOR_BYTES: Final = 16 << 10
MAX_ANCHORS: Final = 64
MAX_LISTS: Final = 4096
_ANCHOR_FIELDS: Final = frozenset({"environment", "name", "alg", "kid", "public", "uses"})
_ANCHOR_USES: Final = ("trust", wire.USE_RULES)


class TrustError(Exception):
    """Trust data that is missing or must not be used: `what` was wrong, and the `next_step` for the person."""

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(f"{what}; {next_step}")
        self.what = what
        self.next_step = next_step


def load_trust(folder: Path, anchors: Path, environment: str, *, version_floor: int = 0) -> TrustView:
    """The view of `folder` under the anchors of `anchors`. Raises TrustError; a folder is believed whole or not at all."""
    if not folder.is_dir():
        raise TrustError(
            f"there is no trust folder {folder}", "make a demo one with `yanma-issuer demo DIR` or run the sync"
        )
    own = tuple(_anchors(anchors, environment))
    try:
        return build_view(
            own,
            environment,
            _read(folder / "trust.cwt", MAX_TRUST_BYTES),
            _read(folder / "rules.cwt", MAX_TRUST_BYTES),
            (_read(path, MAX_STATUS_BYTES) for path in _lists(folder / "status")),
            version_floor=version_floor,
        )
    except UntrustedError as error:
        raise TrustError(
            f"{folder}: {error}", "get the trust data again from its publisher; until then nothing is verified"
        ) from error


def anchors_folder(trust: Path, installed: Path, environment: str) -> Path:
    """Where the anchors of an environment lie: the demo's beside its trust data, all others in the image."""
    return trust / "anchors" if environment == DEMO else installed / environment


def _anchors(folder: Path, environment: str) -> Iterator[Anchor]:
    paths = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if not paths:
        raise TrustError(
            f"no anchors for the environment {environment!r} in {folder}",
            "a build puts its anchors into keys/<environment>/; see keys/README.md",
        )
    if len(paths) > MAX_ANCHORS:
        raise TrustError(f"{folder} holds more than {MAX_ANCHORS} anchors", "remove what does not belong there")
    for path in paths:
        anchor = _anchor(path)
        if anchor.environment != environment:
            raise TrustError(
                f"{path} is an anchor of {anchor.environment!r}, and this terminal is set to {environment!r}",
                "environments never mix: set terminal.environment, or use the anchors of this environment",
            )
        yield anchor


def _anchor(path: Path) -> Anchor:
    fault = TrustError(f"{path} is no anchor", "see keys/README.md for the form")
    try:
        table = tomllib.loads(_read(path, MAX_ANCHOR_BYTES).decode("utf-8"))
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, a number of 5000 digits, nested without end
        raise fault from error
    texts = [table.get(name) for name in ("environment", "name", "alg", "kid", "public")]
    uses = table.get("uses")
    if (
        frozenset(table) != _ANCHOR_FIELDS
        or not all(isinstance(text, str) for text in texts)
        or not isinstance(uses, list)
    ):
        raise fault
    environment, name, alg, kid, public = (str(text) for text in texts)
    if alg not in wire.Alg.__members__ or not uses or not all(use in _ANCHOR_USES for use in uses):
        raise fault
    try:
        kid_bytes, public_bytes = bytes.fromhex(kid), bytes.fromhex(public)
    except ValueError as error:
        raise fault from error
    if len(kid_bytes) != wire.KID_BYTES:
        raise fault
    return Anchor(environment, name, kid_bytes, int(wire.Alg[alg]), public_bytes, frozenset(uses))


def _lists(folder: Path) -> Iterator[Path]:
    paths = sorted(folder.glob("*.cwt")) if folder.is_dir() else []
    if len(paths) > MAX_LISTS:
        raise TrustError(f"{folder} holds more than {MAX_LISTS} lists", "remove what does not belong there")
    yield from paths


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise TrustError(f"{path}: {error.strerror}", "run the sync, or copy the trust data again") from error
    if len(data) > max_bytes:
        raise TrustError(f"{path} is longer than {max_bytes} bytes", "get the trust data again from its publisher")
    return data
