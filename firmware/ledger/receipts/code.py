"""The short code of a receipt: eight characters that a person can read out, the last of which finds a slip of the tongue.

Crockford's base32, without I, L, O and U; lower case and the letters that look like 0 and 1 are taken for what they mean.
Seven characters are 35 bits of the receipt's digest. The eighth is a sum over GF(32) with a different weight for each place,
so every single wrong character and every two exchanged ones are found. Crockford's own check needs `*~$=U`, which neither
a file name nor a small screen likes.
"""

from __future__ import annotations

import hashlib
from functools import reduce
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 8
_MEANT: Final = str.maketrans("ILO", "110")
_FIELD: Final = 0b100101  # x^5 + x^2 + 1, primitive: the weights 2^0 .. 2^7 all differ


def code_of(content: bytes) -> str:
    """The code of these bytes."""
    number = int.from_bytes(hashlib.sha256(content).digest()[:5], "big") >> 5
    values = [number >> 5 * place & 31 for place in range(LENGTH - 2, -1, -1)]
    return "".join(ALPHABET[value] for value in (*values, _check(values)))


def read_code(text: str) -> str | None:
    """The code that a person typed, with its check made; None when it cannot be one. Spaces and hyphens count for nothing."""
    code = text.strip().upper().replace(" ", "").replace("-", "").translate(_MEANT)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        return None
    *values, check = (ALPHABET.index(each) for each in code)
    return code if _check(values) == check else None


def _check(values: list[int]) -> int:
    """Horner's rule at x: the weight of a place is a power of the field's generator, the last place of value having 2^1."""
    return reduce(lambda total, value: _double(total ^ value), values, 0)


def _double(value: int) -> int:
    value <<= 1
    return value ^ _FIELD if value & 32 else value
