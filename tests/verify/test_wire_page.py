"""The page docs/wire.md says which bounds a reader keeps: what it says is asked of the reader, at both ends and one beyond."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from firmware.model import Kind
from firmware.verify.document import parse_document
from firmware.verify.errors import MalformedError
from firmware.verify.kinds import KINDS
from firmware.verify.wire import DelegationField, Field
from tests.world import DELEGATED, DRIVER, MARK, TAG

PAGE: Final = Path(__file__).parents[2] / "docs" / "wire.md"
BOUNDS: Final = {
    what: (int(low), int(high))
    for what, low, high in re.findall(
        r"^\| ([a-zA-Z ,]+?) \| (\d+) \| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
}


def _classes(length: int) -> str:
    """Classes that are each right, of so many characters in all: A1B1... with a class of one letter to make it odd."""
    names = [f"{letter}{number}" for letter in "ABCDEF" for number in "123456"]
    return "".join(names[: length // 2]) + "P" * (length % 2)


def _delegated(field: DelegationField, value: Any) -> tuple[Kind, dict[int, Any]]:
    inner = DELEGATED[Field.DELEGATION] | {int(field): value}
    return Kind.DELEGATED_VEHICLE_LICENCE, DELEGATED | {Field.DELEGATION: inner}


#: What the page bounds -> a document with that thing at a size.
AT_SIZE: Final[Mapping[str, Callable[[int], tuple[Kind, dict[int, Any]]]]] = {
    "status place, each number": lambda n: (Kind.INSPECTION_MARK, MARK | {Field.STATUS: [n, n]}),
    "state letters": lambda n: (Kind.INSPECTION_MARK, MARK | {Field.LETTERS: "ABCDEFGHIJKL"[:n]}),
    "plate": lambda n: (Kind.INSPECTION_MARK, MARK | {Field.PLATE: "京" * n}),
    "plate class": lambda n: (Kind.INSPECTION_MARK, MARK | {Field.PLATE_CLASS: "0" * n}),
    "VIN": lambda n: (Kind.INSPECTION_MARK, MARK | {Field.VIN: "1" * n}),
    "vehicle type": lambda n: (Kind.INSPECTION_MARK, MARK | {Field.VEHICLE_TYPE: "K" * n}),
    "use": lambda n: (Kind.INSPECTION_MARK, MARK | {Field.USE: "A" * n}),
    "day": lambda n: (Kind.INSPECTION_MARK, MARK | {Field.INSPECTED_UNTIL: n}),
    "issuing authority": lambda n: (Kind.INSPECTION_MARK, MARK | {Field.AUTHORITY: n}),
    "name": lambda n: (Kind.DRIVING_LICENCE, DRIVER | {Field.NAME: "王" * n}),
    "tail of the id number": lambda n: (Kind.DRIVING_LICENCE, DRIVER | {Field.ID_TAIL: "1" * n}),
    "licence classes": lambda n: (Kind.DRIVING_LICENCE, DRIVER | {Field.CLASSES: _classes(n)}),
    "bar code": lambda n: (Kind.DRIVING_LICENCE, DRIVER | {Field.BAR_CODE: "1" * n}),
    "tag id, bytes": lambda n: (Kind.EVI_TAG, TAG | {Field.TAG_ID: bytes(n)}),
    "grantee": lambda n: _delegated(DelegationField.GRANTEE, "李" * n),
    "purpose": lambda n: _delegated(DelegationField.PURPOSES, ["驶" * n]),
    "slot": lambda n: _delegated(DelegationField.SLOT, n),
}


def read(kind: Kind, document: Mapping[int, Any]) -> None:
    parse_document({int(field): value for field, value in document.items()}, kind, KINDS[kind].fields)


def test_every_bound_of_the_page_but_that_of_the_instants_is_asked_here() -> None:
    assert BOUNDS.keys() - {"instants exp, nbf, iat"} == AT_SIZE.keys()


@pytest.mark.parametrize("what", sorted(AT_SIZE))
def test_both_ends_of_a_bound_are_inside(what: str) -> None:
    for size in BOUNDS[what]:
        read(*AT_SIZE[what](size))


@pytest.mark.parametrize("what", sorted(AT_SIZE))
def test_one_beyond_either_end_is_refused(what: str) -> None:
    low, high = BOUNDS[what]
    for size in (low - 1, high + 1):
        with pytest.raises(MalformedError):
            read(*AT_SIZE[what](size))
