"""The trust folder -> TrustView. What lies on the card or a stick is a stranger: all of it is verified at every load.

trust/current -> generations/N                            the bundle in force, put there by sync.install (decision 0015)
trust/trust.cwt  trust/rules.cwt  trust/status/*.cwt      or, while there is no `current`: a bundle copied by hand
register.cwt  register.bin                                beside trust.cwt, where a publisher has a register
keys/<environment>/*.toml                                 anchors, part of the image
trust/anchors/*.toml                                      anchors of the demo environment alone
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from firmware.sync.errors import MissingError as MissingError
from firmware.sync.errors import TrustError as TrustError
from firmware.sync.register_file import register_opener
from firmware.verify import wire
from firmware.verify.register_token import MAX_TOKEN_BYTES
from firmware.verify.sources import OpenRegister
from firmware.verify.trust import MAX_STATUS_BYTES, MAX_TRUST_BYTES, Anchor, TrustView, UntrustedError, build_view

DEMO: Final = "demo"
CURRENT: Final = "current"
REGISTER_CWT: Final = "register.cwt"
REGISTER_FILE: Final = "register.bin"
MAX_ANCHOR_BYTES: Final = 16 << 10
MAX_ANCHORS: Final = 64
MAX_LISTS: Final = 4096
_ANCHOR_FIELDS: Final = frozenset({"environment", "name", "alg", "kid", "public", "uses"})
_ANCHOR_USES: Final = ("trust", wire.USE_RULES)


def load_trust(folder: Path, anchors: Path, environment: str, *, version_floor: int = 0) -> TrustView:
    """The view of `folder` under the anchors of `anchors`. Raises TrustError; a folder is believed whole or not at all."""
    if not folder.is_dir():
        raise MissingError(
            f"there is no trust folder {folder}", "make a demo one with `yanma-issuer demo DIR` or run the sync"
        )
    own = read_anchors(anchors, environment)
    bundle = bundle_in(folder)
    try:
        return build_view(
            own,
            environment,
            *read_bundle(bundle),
            version_floor=version_floor,
            register=_register(bundle),
        )
    except UntrustedError as error:
        raise TrustError(
            f"{bundle}: {error}", "get the trust data again from its publisher; until then nothing is verified"
        ) from error


def bundle_in(folder: Path) -> Path:
    """Where the bundle in force lies: the generation that `current` names, or the folder itself.

    Asked once a load: a `current` that is swapped meanwhile must not give half of each.
    """
    current = folder / CURRENT
    return current.resolve() if current.is_symlink() else folder


def read_bundle(folder: Path) -> tuple[bytes, bytes, Iterable[bytes]]:
    """(trust list, rules, status lists) as they lie there, each under its byte cap. Raises TrustError, also while iterating."""
    trust, rules = _read(folder / "trust.cwt", MAX_TRUST_BYTES), _read(folder / "rules.cwt", MAX_TRUST_BYTES)
    return trust, rules, (_read(path, MAX_STATUS_BYTES) for path in _lists(folder / "status"))


def _register(folder: Path) -> tuple[bytes, OpenRegister] | None:
    """The register token of a bundle, and what opens the file beside it; None where there is no token. Raises TrustError."""
    path = folder / REGISTER_CWT
    return (_read(path, MAX_TOKEN_BYTES), register_opener(folder / REGISTER_FILE)) if path.exists() else None


def anchors_folder(trust: Path, installed: Path, environment: str) -> Path:
    """Where the anchors of an environment lie: the demo's beside its trust data, all others in the image."""
    return trust / "anchors" if environment == DEMO else installed / environment


def read_anchors(folder: Path, environment: str) -> tuple[Anchor, ...]:
    """The anchors in a folder, all of this environment. Raises TrustError."""
    return tuple(_anchors(folder, environment))


def _anchors(folder: Path, environment: str) -> Iterator[Anchor]:
    paths = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if not paths:
        raise MissingError(
            f"no anchors for the environment {environment!r} in {folder}",
            "copy the demo's own: cp -r DEMO/trust/anchors there"
            if environment == DEMO
            else "a build puts its anchors into keys/<environment>/; see keys/README.md",
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


def _lists(folder: Path) -> list[Path]:
    """The status lists of a bundle. Names that begin with a dot are no lists: some computers leave such beside every file."""
    if not folder.is_dir():
        return []
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".cwt") and not entry.name.startswith("."):
                found.append(folder / entry.name)
            if len(found) > MAX_LISTS:
                raise TrustError(f"{folder} holds more than {MAX_LISTS} lists", "remove what does not belong there")
    return sorted(found)


def _read(path: Path, max_bytes: int) -> bytes:
    """A regular file's bytes. O_NONBLOCK: a pipe under that name must not keep us waiting for a writer."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            data = file.read(max_bytes + 1) if regular else b""
    except OSError as error:
        raise MissingError(f"{path}: {error.strerror}", "run the sync, or copy the trust data again") from error
    if not regular:
        raise TrustError(f"{path} is no file", "remove what does not belong there")
    if len(data) > max_bytes:
        raise TrustError(f"{path} is longer than {max_bytes} bytes", "get the trust data again from its publisher")
    return data
