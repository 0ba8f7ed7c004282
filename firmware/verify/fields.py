"""Oddities of the fields themselves. They are notices, never refusals: formats change, and other countries' cars differ.

Sources: GA 36 as reported for plates; the check digit of 49 CFR 565 for the VIN, which European makers do not use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import mul
from typing import Final

from firmware.model import Word
from firmware.verify.document import Document

_PROVINCE: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_LETTER: Final = "A-HJ-NP-Z"  # no I, no O
#: One line a form of plate: what it is, and how it looks.
PLATE_FORMS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("ordinary", f"[{_PROVINCE}][A-HJ-NP-Z][0-9{_LETTER}]{{5}}"),
        ("small new-energy", f"[{_PROVINCE}][A-HJ-NP-Z][A-HJK][0-9{_LETTER}][0-9]{{4}}"),
        ("large new-energy", f"[{_PROVINCE}][A-HJ-NP-Z][0-9]{{5}}[A-HJK]"),
        ("police, learner, trailer", f"[{_PROVINCE}][A-HJ-NP-Z][0-9{_LETTER}]{{4}}[警学挂]"),
        ("Hong Kong and Macao", "粤Z[0-9A-HJ-NP-Z]{4}[港澳]"),
        ("consulate", f"[{_PROVINCE}][A-HJ-NP-Z][0-9{_LETTER}]{{4}}领"),
        ("consulate, newer", "[0-9]{6}领"),
        ("embassy", "使[0-9]{6}|[0-9]{6}使"),
    )
)

_ANY_PLATE: Final = re.compile("|".join(pattern.pattern for _, pattern in PLATE_FORMS))

_NO_VALUE: Final = 255
_VIN_VALUE: Final = {
    letter: value
    for value, letters in enumerate(("0", "1AJ", "2BKS", "3CLT", "4DMU", "5ENV", "6FW", "7GPX", "8HY", "9RZ"))
    for letter in letters
}
_VIN_VALUES: Final = bytes(_VIN_VALUE.get(chr(code), _NO_VALUE) for code in range(256))
_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_CHECK_PLACE: Final = 8


def notices(document: Document) -> Iterator[Word]:
    """What is odd about the document's fields."""
    if document.plate is not None and _ANY_PLATE.fullmatch(document.plate) is None:
        yield Word.PLATE_ODD
    if document.vin is not None and not vin_fits(document.vin):
        yield Word.VIN_ODD
    if dates_contradict(document):
        yield Word.DATES_ODD


def plate_form(plate: str) -> str | None:
    """The name of the form that a plate has; None for a form that is not known here."""
    return next((name for name, pattern in PLATE_FORMS if pattern.fullmatch(plate)), None)


def vin_fits(vin: str) -> bool:
    """Whether the check digit at place 9 fits, and no letter stands there that a VIN does not have (I, O, Q)."""
    values = vin.encode("ascii", "replace").translate(_VIN_VALUES)
    if len(values) != len(_VIN_WEIGHTS) or _NO_VALUE in values:
        return False
    return vin[_VIN_CHECK_PLACE] == "0123456789X"[sum(map(mul, values, _VIN_WEIGHTS)) % 11]


def dates_contradict(document: Document) -> bool:
    """Whether something ends before it begins: an inspection before the registration, a licence before its first issue."""
    spans = (
        (document.registered, (document.inspected_until, document.insured_until)),
        (document.first_issued, (document.valid_until, document.probation_until, document.medical_until)),
    )
    return any(begins is not None and any(end is not None and end < begins for end in ends) for begins, ends in spans)
