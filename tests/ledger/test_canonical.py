"""Canonical JSON: what RFC 8785 publishes, and that one value has one form."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.ledger import canonical

#: RFC 8785, 3.2.3: the members of this object in their right order, by UTF-16 and not by code point.
SORTED = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
#: RFC 8785, 3.2.2: the string of its example, and how it is written.
TEXT = "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f"
WRITTEN = '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_members_stand_in_the_order_of_the_rfc() -> None:
    found = canonical.encode(dict.fromkeys(reversed(SORTED), 1))
    assert list(json.loads(found)) == SORTED


def test_a_string_is_written_as_the_rfc_writes_it() -> None:
    assert canonical.encode(TEXT).decode() == WRITTEN


@given(values)
def test_a_value_comes_back_and_has_one_form(value: object) -> None:
    try:
        data = canonical.encode(value)
    except canonical.CanonicalError as error:
        assert "deep" in str(error)  # noqa: PT017
        return
    assert canonical.decode(data) == value
    assert canonical.encode(canonical.decode(data)) == data


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b'{"a":1} ', b'{"a": 1}', b'{"b":1,"a":2}', b'{"a":1,"a":1}', b"1.0", b"1e3", b"NaN", b"01", b'"\\u0041"',
     b'"\xff"', b'"\\ud800"', b"9007199254740993", b"[" * 5000],
    ids=lambda data: repr(data[:20]),
)  # fmt: skip
def test_a_text_that_is_not_in_its_one_form_is_refused(data: bytes) -> None:
    with pytest.raises(canonical.CanonicalError):
        canonical.decode(data)


@pytest.mark.parametrize("value", [1.5, b"x", {1: 2}, 2**53, "\ud800", [[[[[[[[[[1]]]]]]]]]]], ids=repr)
def test_a_value_without_a_form_is_refused(value: object) -> None:
    with pytest.raises(canonical.CanonicalError):
        canonical.encode(value)
