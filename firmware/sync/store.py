"""The trust folder -> TrustView. What lies on the card or a stick is a stranger: all of it is verified at every load.

trust/current -> generations/N                            the bundle in force, put there by sync.install (decision 0021)
trust/trust.cwt  trust/rules.cwt  trust/status/*.cwt      or, while there is no `current`: a bundle copied by hand
register.cwt  register.bin                                beside trust.cwt, where a publisher has a register
keys/<environment>/*.toml                                 anchors, part of the image
trust/anchors/*.toml                                      anchors of the demo environment alone
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from firmware.sync.bundle import REGISTER, REGISTER_CWT, RULES, TRUST, Bundle, bundle_in, bundles_before
from firmware.sync.errors import MissingError as MissingError
from firmware.sync.errors import TrustError as TrustError
from firmware.sync.record import linked_number, read_file
from firmware.sync.register_file import register_opener
from firmware.verify import wire
from firmware.verify.register_token import MAX_TOKEN_BYTES
from firmware.verify.sources import OpenRegister
from firmware.verify.trust import MAX_STATUS_BYTES, MAX_TRUST_BYTES, Anchor, TrustView, UntrustedError, build_view

DEMO: Final = "demo"
MAX_ANCHOR_BYTES: Final = 16 << 10
MAX_ANCHORS: Final = 64
#: How often a reader begins anew because a sync moved on under it.
_TRIES: Final = 20
_ANCHOR_FIELDS: Final = frozenset({"environment", "name", "alg", "kid", "public", "uses"})
_ANCHOR_USES: Final = ("trust", wire.USE_RULES)


class FellBackError(TrustError):
    """The bundle in force is no good (`what`); `view` is that of the newest whole one before it."""

    def __init__(self, what: str, view: TrustView) -> None:
        super().__init__(what, "run the sync: it brings what is damaged again; until then the bundle before it is used")
        self.view = view


def load_trust(folder: Path, anchors: Path, environment: str, *, version_floor: int = 0) -> TrustView:
    """The view of `folder` under the anchors of `anchors`. Raises TrustError; a bundle is believed whole or not at all.

    Where the bundle in force is damaged and one before it is whole, that is FellBackError, which carries the older view:
    better than none, and never taken silently.
    """
    if not folder.is_dir():
        raise MissingError(
            f"there is no trust folder {folder}", "make a demo one with `yanma-issuer demo DIR` or run the sync"
        )
    own = read_anchors(anchors, environment)
    for _ in range(_TRIES):
        linked = linked_number(folder)
        try:
            return _view(bundle_in(folder), own, environment, version_floor)
        except TrustError as error:
            fault = error
        if linked_number(folder) == linked:  # else a sync moved on while we read, and may have collected what we wanted
            break
    for bundle in bundles_before(folder):
        try:
            view = _view(bundle, own, environment, version_floor)
        except TrustError:
            continue
        raise FellBackError(fault.what, view)
    raise fault


def _view(bundle: Bundle, anchors: tuple[Anchor, ...], environment: str, version_floor: int) -> TrustView:
    try:
        lists = read_bundle(bundle)
        register = register_of(bundle)
        return build_view(anchors, environment, *lists, version_floor=version_floor, register=register)
    except UntrustedError as error:
        raise TrustError(
            f"{bundle.label}: {error}", "get the trust data again from its publisher; until then nothing is verified"
        ) from error


def read_bundle(bundle: Bundle) -> tuple[bytes, bytes, Iterable[bytes]]:
    """(trust list, rules, status lists) as they lie there, each under its byte cap. Raises TrustError, also while iterating."""
    trust, rules = bundle.read(TRUST, MAX_TRUST_BYTES), bundle.read(RULES, MAX_TRUST_BYTES)
    return trust, rules, (bundle.read(name, MAX_STATUS_BYTES) for name in bundle.lists())


def register_of(bundle: Bundle) -> tuple[bytes, OpenRegister] | None:
    """The register token of a bundle, and what opens the file beside it; None where there is no token. Raises TrustError."""
    if not bundle.has(REGISTER_CWT):
        return None
    return bundle.read(REGISTER_CWT, MAX_TOKEN_BYTES), register_opener(bundle.path(REGISTER))


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
        table = tomllib.loads(read_file(path, MAX_ANCHOR_BYTES).decode("utf-8"))
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
