"""The lenient reader of COSE_Sign1: what RFC 9052 lets pass, and what it does not."""

from __future__ import annotations

import cbor2
import pytest

from firmware.conformance.loose_cose import NotSign1Error, read_sign1
from firmware.verify.cose import parse_sign1
from tests.hostile import shapes
from tests.hostile.shapes import COSE, KEY, PAYLOAD, PROTECTED, SHAPES


def test_strict_reader_and_lenient_one_sign_the_same_bytes() -> None:
    strict = parse_sign1(COSE, (frozenset({1, 4}),))
    lenient = read_sign1(COSE)
    assert (lenient.alg, lenient.payload, lenient.signature) == (KEY.alg, PAYLOAD, COSE[-64:])
    assert lenient.to_be_signed(PAYLOAD) == strict.to_be_signed


def test_external_data_stands_between_header_and_payload() -> None:
    expected = cbor2.dumps(["Signature1", PROTECTED, b"aad", PAYLOAD])
    assert read_sign1(COSE).to_be_signed(PAYLOAD, b"aad") == expected


#: Shapes that another profile may have: tags, other headers, headers in the other place, other lengths of signature.
FORGIVEN = {
    "no-tag", "tag-61-around", "tag-in-two-bytes", "tag-in-three-bytes", "tag-in-nine-bytes", "array-indefinite",
    "array-with-long-head", "array-with-longest-head", "protected-empty-all-unprotected", "protected-empty-map-all-unprotected",
    "protected-out-of-order", "protected-label-with-long-head", "protected-alg-with-long-head", "protected-crit-of-alg",
    "protected-content-type", "protected-x5chain", "protected-private-label", "protected-text-label", "unprotected-alg-too",
    "unprotected-kid-too", "unprotected-counter-signature", "unprotected-text-label", "unprotected-indefinite", "payload-nil",
    "signature-of-63", "signature-of-65", "kid-missing", "kid-text", "alg-sm2", "alg-eddsa",
}  # fmt: skip
#: Shapes that nobody may take for COSE_Sign1.
REFUSED = {
    "tag-98-cose-sign", "tag-17-mac0", "tag-16-encrypt0", "tag-twice", "tag-24-around-bytes", "tag-55799-around", "in-bytes",
    "in-text", "in-an-array", "array-of-3", "array-of-5-with-nil", "array-of-5-with-4", "map-instead", "cose-sign-under-tag-18",
    "protected-is-a-map", "protected-is-an-array", "protected-is-nil", "protected-is-text", "protected-with-trailing-byte",
    "protected-alg-twice", "protected-crit-of-unknown", "protected-crit-empty", "protected-only-text-labels",
    "protected-float-label", "alg-text", "alg-nil", "alg-true", "alg-missing", "alg-0", "alg-hmac", "alg-unregistered",
    "unprotected-crit", "unprotected-is-nil", "payload-is-a-map", "payload-is-text", "signature-nil", "signature-empty",
    "signature-text", "one-byte-more", "one-byte-less", "nothing", "protected-nested-deep",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FORGIVEN))
def test_what_the_standard_allows_is_read(name: str) -> None:
    assert read_sign1(SHAPES[name][0]).alg in (KEY.alg, -65537, -8)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_no_sign1_is_refused(name: str) -> None:
    with pytest.raises(NotSign1Error):
        read_sign1(SHAPES[name][0])


def test_protected_header_counts_where_both_name_an_algorithm() -> None:
    assert read_sign1(SHAPES["unprotected-other-alg"][0]).alg == KEY.alg


def test_crit_of_understood_labels_is_allowed_and_of_a_text_is_not() -> None:
    assert read_sign1(shapes.header({1: KEY.alg, 2: [1, 3]})).alg == KEY.alg
    with pytest.raises(NotSign1Error, match="crit"):
        read_sign1(shapes.header({1: KEY.alg, 2: ["alg"]}))
    with pytest.raises(NotSign1Error, match="crit"):
        read_sign1(shapes.header({1: KEY.alg, 2: None}))
