"""The runners: on small vectors made here, and on the public suites where they are at hand."""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from firmware.conformance.files import expand, lend_keys, read_vectors
from firmware.conformance.table import RUNNERS, answer
from firmware.conformance.vector import State, Vector
from firmware.refusal import BadDataError, NoInputError
from firmware.verify import base45
from firmware.verify.algorithms import ALGORITHMS, sm2
from firmware.verify.algorithms.base import UnavailableError
from firmware.verify.wire import Alg
from tests.hostile.shapes import COSE, GOOD, KEY, PAYLOAD, PROTECTED, SHAPES
from tests.shared_data import all_suites, vectors

POINT = KEY.public
PUB = {"kty": "EC", "crv": "P-256", "pub": POINT.hex()}
XY = {"kty": "EC", "crv": "P-256", "x": POINT[1:33].hex(), "y": POINT[33:].hex()}
B64 = {key: urlsafe_b64encode(bytes.fromhex(XY[key])).decode().rstrip("=") if key in "xy" else XY[key] for key in XY}


def state(suite: str, expected: Any, **fields: Any) -> tuple[State, str]:
    given = {name: value.hex() if isinstance(value, bytes) else value for name, value in fields.items()}
    found = answer(Vector(suite, "one", {"expected": expected, **given}))
    return found.state, found.why


def agreed(suite: str, expected: Any, **fields: Any) -> bool:
    found, why = state(suite, expected, **fields)
    assert found is not State.UNSUPPORTED, why
    return found is State.AGREED


def unsupported(suite: str, expected: Any, **fields: Any) -> str:
    found, why = state(suite, expected, **fields)
    assert found is State.UNSUPPORTED
    return why


def both_ways(suite: str, *, valid: bool, **fields: Any) -> None:
    """The right expectation agrees, the wrong one disagrees, and `acceptable` is never wrong."""
    assert agreed(suite, "valid" if valid else "invalid", **fields)
    assert not agreed(suite, "invalid" if valid else "valid", **fields)
    assert agreed(suite, "acceptable", **fields)


@pytest.mark.parametrize("algorithm", {a.name: a for a in ALGORITHMS.values()}.values(), ids=lambda a: a.name)
def test_signature_vectors_of_each_algorithm(algorithm: Any) -> None:
    known = algorithm.known_answer
    curve = {"ES256": "secp256r1", "ES384": "P-384", "Ed25519": "Ed25519", "SM2-SM3": "sm2p256v1", "ML-DSA-44": None}
    key = {"crv": curve[algorithm.name], "alg": algorithm.name, "pub": known.public.hex()}
    suite = "wycheproof_any_p1363"
    both_ways(suite, valid=True, key=key, input_hex=known.signature, msg_hex=known.message)
    both_ways(suite, valid=False, key=key, input_hex=known.signature, msg_hex=known.message + b"x")
    both_ways(suite, valid=False, key=key, input_hex=known.signature + b"\0", msg_hex=known.message)
    both_ways(suite, valid=False, key=key | {"pub": "00"}, input_hex=known.signature, msg_hex=known.message)
    if algorithm.signature_bytes < 100 and algorithm.name != "Ed25519":
        half = algorithm.signature_bytes // 2
        r, s = (int.from_bytes(part, "big") for part in (known.signature[:half], known.signature[half:]))
        der = encode_dss_signature(r, s)
        both_ways("wycheproof_any_der", valid=True, key=key, input_hex=der, msg_hex=known.message)
        both_ways("sm2_any", valid=True, key=key, form="der", input_hex=der, msg_hex=known.message)
        for wrong in (known.signature, der + b"\0", encode_dss_signature(r, s + (1 << 400)), b"0" + der, b""):
            both_ways("wycheproof_any_der", valid=False, key=key, input_hex=wrong, msg_hex=known.message)


def test_context_and_distinguishing_id_are_part_of_the_question() -> None:
    known = ALGORITHMS[Alg.SM2_SM3].known_answer
    fields = {
        "key": {"crv": "sm2p256v1", "pub": known.public.hex()},
        "input_hex": known.signature,
        "msg_hex": known.message,
    }
    both_ways("sm2_any", valid=True, dist_id="1234567812345678", **fields)
    both_ways("sm2_any", valid=False, dist_id="ALICE123@YAHOO.COM", **fields)
    both_ways("sm2_any", valid=False, dist_id_hex=b"1234567812345679", **fields)
    dsa = ALGORITHMS[Alg.ML_DSA_44].known_answer
    fields = {"key": {"alg": "ML-DSA-44", "pub": dsa.public.hex()}, "input_hex": dsa.signature, "msg_hex": dsa.message}
    both_ways("wycheproof_mldsa44_verify", valid=False, ctx_hex=b"context", **fields)
    both_ways("wycheproof_mldsa44_verify", valid=False, ctx_hex=bytes(256), **fields)


@pytest.mark.parametrize(
    "key", [PUB, XY, B64, {**XY, "y": bool(POINT[64] & 1)}], ids=["pub", "x-y", "base64url", "y-sign"]
)
def test_cose_message_under_keys_of_every_form(key: dict[str, Any]) -> None:
    both_ways("cose_sign1", valid=True, key=key, input_hex=COSE, external_aad_hex="")
    both_ways("cose_sign1", valid=False, key=key, input_hex=COSE, external_aad_hex=b"aad")
    both_ways("cose_sign1", valid=False, key=key, input_hex=SHAPES["signature-r-zero"][0])
    both_ways("hcert_cose_sign1", valid=True, key=key, input_hex=COSE[1:])
    both_ways("iso18013_5_issuerauth", valid=True, key=key, input_hex=SHAPES["protected-empty-all-unprotected"][0])


def certificate(private: Any, hash_algorithm: Any) -> str:
    """A certificate over the public key, signed by itself, as hexadecimal DER."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    builder = x509.CertificateBuilder(name, name, private.public_key(), 1, datetime(2026, 1, 1), datetime(2027, 1, 1))
    return builder.sign(private, hash_algorithm).public_bytes(Encoding.DER).hex()


def test_key_out_of_a_certificate() -> None:
    both_ways("cose_sign1", valid=True, key={"cert_der": certificate(KEY.private, SHA256())}, input_hex=COSE)
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    both_ways("cose_sign1", valid=False, key={"cert_der": certificate(other, None)}, input_hex=COSE)
    foreign = ec.derive_private_key(7, ec.SECP521R1())
    why = unsupported("cose_sign1", "valid", key={"cert_der": certificate(foreign, SHA256())}, input_hex=COSE)
    assert "certificate" in why


def test_library_that_is_missing_makes_a_vector_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    known = ALGORITHMS[Alg.SM2_SM3].known_answer
    fields = {"key": {"crv": "sm2", "pub": known.public.hex()}, "input_hex": known.signature, "msg_hex": known.message}

    def missing(*_arguments: object) -> Any:
        raise UnavailableError("install it")

    monkeypatch.setattr(sm2, "verifier", missing)
    assert "install it" in unsupported("sm2_any", "valid", **fields)
    monkeypatch.setattr(sm2, "verifier", lambda *_arguments: missing)
    assert "install it" in unsupported("sm2_any", "invalid", **fields)


def test_payload_that_lies_elsewhere_must_be_given() -> None:
    detached = replace(GOOD, payload=b"\xf6").build()
    both_ways("cose_sign1", valid=True, key=XY, input_hex=detached, payload_hex=PAYLOAD)
    assert "elsewhere" in unsupported("cose_sign1", "valid", key=XY, input_hex=detached)


def test_published_bytes_to_be_signed_must_be_ours() -> None:
    right = cbor2.dumps(["Signature1", PROTECTED, b"", PAYLOAD])
    assert agreed("cose_sign1", "valid", key=XY, input_hex=COSE, to_be_signed_hex=right)
    assert not agreed("cose_sign1", "valid", key=XY, input_hex=COSE, to_be_signed_hex=right + b"x")


@pytest.mark.parametrize("name", SHAPES)
def test_what_the_strict_reader_refuses_for_its_signature_is_never_valid(name: str) -> None:
    cose, reason = SHAPES[name]
    if reason == "BAD_SIGNATURE":
        found, why = state("cose_sign1", "valid", key=XY, input_hex=cose)
        assert found is State.DISAGREED or "another hash" in why


@pytest.mark.parametrize(
    ("key", "word"),
    [
        (None, "no key"),
        ({"kty": "EC", "crv": "P-521", "x": "00", "y": "00"}, "P-521"),
        ({"kty": "RSA", "n": "00", "e": "010001", "cert_der": "30"}, "RSA"),
        ({"kty": "HSS-LMS"}, "HSS-LMS"),
        ({"kty": "OKP", "crv": "Ed448", "x": "00"}, "Ed448"),
        ({"kty": "EC", "crv": "P-256"}, "form"),
        ({"kty": "EC", "crv": "P-256", "x": "00"}, "form"),
        ({"kty": "EC", "crv": "P-256", "pub": 4}, "no text"),
        ({"kty": "EC", "crv": "P-256", "pub": "é"}, "neither"),
        ({"crv": "P-256", "cert_der": "3000"}, "certificate"),
        ({}, "a form"),
    ],
)
def test_key_that_cannot_be_used_is_unsupported_whatever_was_expected(key: Any, word: str) -> None:
    for expected in ("valid", "invalid", "acceptable"):
        assert word in unsupported("cose_sign1", expected, key=key, input_hex=COSE)


def test_other_messages_are_refused_by_both_readers() -> None:
    for name in ("tag-98-cose-sign", "tag-17-mac0", "alg-hmac", "array-of-3", "map-instead"):
        assert agreed("cose_other_messages", "not_sign1", input_hex=SHAPES[name][0])
    assert not agreed("cose_other_messages", "not_sign1", input_hex=COSE)
    assert not agreed("cose_other_messages", "not_sign1", input_hex=COSE[1:])


def test_base45_is_read_and_written_again() -> None:
    assert agreed("base45_rfc9285", b"Hello!!".hex(), input_hex=b"%69 VD92EX0")
    assert not agreed("base45_rfc9285", b"Hello!".hex(), input_hex=b"%69 VD92EX0")
    assert agreed("hcert_base45", "valid", input_text="%69 VD92EX0", decoded_hex=b"Hello!!")
    assert not agreed("base45_rfc9285", "00", input_hex=b"GGW")
    both_ways("base45_rfc9285", valid=False, input_hex=b"GGW")
    both_ways("base45_rfc9285", valid=True, input_hex=b"FGW")


@pytest.mark.parametrize(
    ("data", "decoded", "found"),
    [
        ("01", 1, State.AGREED),
        ("01", 2, State.DISAGREED),
        ("f5", True, State.AGREED),
        ("01", True, State.DISAGREED),
        ("83010203", [1, 2, 3], State.AGREED),
        ("83010203", [1, 2, True], State.DISAGREED),
        ("a16161f5", {"a": True}, State.AGREED),
        ("a16161f5", {"a": 1}, State.DISAGREED),
        ("1801", 1, State.UNSUPPORTED),
        ("f93c00", 1.0, State.UNSUPPORTED),
        ("9fff", [], State.UNSUPPORTED),
        ("c101", 1, State.UNSUPPORTED),
        ("f818", None, State.UNSUPPORTED),
        ("ff", None, State.DISAGREED),
    ],
)
def test_cbor_is_read_as_published_or_refused_for_a_stated_reason(data: str, decoded: Any, found: State) -> None:
    assert state("cbor_appendix_a", "valid", input_hex=data, decoded=decoded)[0] is found


def test_cbor_in_diagnostic_notation() -> None:
    assert agreed("cbor_appendix_a", "valid", input_hex="a201020304", diagnostic="{1: 2, 3: 4}")
    assert agreed("cbor_appendix_a", "valid", input_hex="4401020304", diagnostic="h'01020304'")
    assert not agreed("cbor_appendix_a", "valid", input_hex="4401020304", diagnostic="h'01020305'")
    assert "not read" in unsupported("cbor_appendix_a", "valid", input_hex="01", diagnostic="simple(1)")
    assert agreed("cbor_any", "invalid", input_hex="ff")
    assert not agreed("cbor_any", "invalid", input_hex="01")
    both_ways("cbor_not_well_formed", valid=False, input_hex="1c")
    both_ways("cbor_not_well_formed", valid=True, input_hex="01")


def chain(payload: bytes = cbor2.dumps({-260: {1: {"ver": "1"}}})) -> bytes:
    signed = replace(GOOD, payload=cbor2.dumps(payload), signs=(PROTECTED, payload)).build()
    return b"HC1:" + base45.encode(zlib.compress(signed))


STEPS = ("UNPREFIX", "B45DECODE", "COMPRESSION", "DECODE", "VERIFY")


@pytest.mark.parametrize(
    ("text", "fails"),
    [
        (chain(), None),
        (chain()[4:], "UNPREFIX"),
        (chain()[:-1] + b"a", "B45DECODE"),
        (b"HC1:" + base45.encode(COSE), "COMPRESSION"),
        (b"HC1:" + base45.encode(zlib.compress(b"\xff")), "DECODE"),
        (chain(cbor2.dumps({-260: {1: b"x"}})), "DECODE"),
        (
            b"HC1:"
            + base45.encode(
                zlib.compress(replace(GOOD, payload=b"\x4a\xa1\x39\x01\x03\xa1\x01\xa1\x01\x01\x01").build())
            ),
            "VERIFY",
        ),
    ],
)
def test_chain_fails_at_the_step_that_is_expected(text: bytes, fails: str | None) -> None:
    flags = {f"EXPECTED{step}": True for step in STEPS}
    if fails is None:
        assert agreed("hcert_chain", flags, input_hex=text, key=XY)
        for step in flags:
            assert not agreed("hcert_chain", flags | {step: False}, input_hex=text, key=XY)
        return
    assert agreed("hcert_chain", {f"EXPECTED{fails}": False}, input_hex=text, key=XY)
    assert not agreed("hcert_chain", {f"EXPECTED{fails}": True}, input_hex=text, key=XY)


def test_chain_whose_steps_are_not_judged_is_unsupported() -> None:
    assert "no key" in unsupported("hcert_chain", {"EXPECTEDVERIFY": False}, input_hex=chain())
    assert "KEYUSAGE" in unsupported("hcert_chain", {"EXPECTEDKEYUSAGE": False}, input_hex=chain())
    assert "expectations" in unsupported("hcert_chain", "valid", input_hex=chain())
    rsa = {"kty": "RSA"}
    assert agreed("hcert_chain", {"EXPECTEDVERIFY": True, "EXPECTEDDECODE": True}, input_hex=chain(), key=rsa)
    assert "RSA" in unsupported("hcert_chain", {"EXPECTEDVERIFY": False}, input_hex=chain(), key=rsa)


def test_same_id_in_another_suite_lends_its_key() -> None:
    one = Vector("hcert_chain", "a", {"key": None})
    lent = lend_keys([one, Vector("hcert_cose_sign1", "a", {"key": XY}), Vector("hcert_chain", "b", {})])
    assert [vector.key for vector in lent] == [XY, XY, None]


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("form", ["cbor", "zlib", "json"])
def test_status_list_is_unpacked_entry_by_entry(bits: int, form: str) -> None:
    data = bytearray(16)
    data[3] = 1 << (8 - bits)
    packed = zlib.compress(bytes(data))
    lst = urlsafe_b64encode(packed).decode().rstrip("=")
    forms: dict[str, dict[str, Any]] = {
        "cbor": {"input_hex": cbor2.dumps({"bits": bits, "lst": packed})},
        "zlib": {"input_hex": packed, "bits": bits},
        "json": {"input_text": json.dumps({"bits": bits, "lst": lst})},
    }
    last = 4 * 8 // bits - 1
    given = forms[form] | {"size": 16 * 8 // bits}
    assert agreed("token_status_list", {"0": 0, str(last): 1}, **given)
    for wrong in ({"0": 1, str(last): 1}, {"0": 0}, {str(last): 0}, {"0": 0, "9999": 0}):
        assert not agreed("token_status_list", wrong, **given)
    assert not agreed("token_status_list", {str(last): 1}, **{**given, "size": 1})


def test_status_list_off_its_form_is_refused() -> None:
    for body in (
        b"\xff",
        cbor2.dumps([]),
        cbor2.dumps({"bits": 3, "lst": zlib.compress(b"x")}),
        cbor2.dumps({"bits": 1, "lst": b"x"}),
        b"{}",
        b"{x",
    ):
        both_ways("token_status_list", valid=False, input_hex=body)
        assert not agreed("token_status_list", {"0": 0}, input_hex=body)


def test_status_tokens_are_read_to_their_list() -> None:
    def token(claims: Any) -> bytes:
        payload = cbor2.dumps(claims)
        return replace(GOOD, payload=cbor2.dumps(payload), signs=(PROTECTED, payload)).build()

    good = {2: "x", 65533: {"bits": 2, "lst": zlib.compress(bytes(4))}}
    assert agreed("status_list_tokens", "parse", input_hex=token(good))
    assert agreed("status_list_tokens", "parse", input_hex=token({2: "a token that refers to a list"}))
    for wrong in ({2: "x", 65533: {"bits": 3, "lst": b""}}, {}, [1]):
        assert not agreed("status_list_tokens", "parse", input_hex=token(wrong))
    assert not agreed("status_list_tokens", "parse", input_hex=b"\xff")
    assert "meaning" in unsupported("status_list_tokens", {"0": 1}, input_hex=token(good))


def test_bytes_to_be_parsed_are_read_whole() -> None:
    assert agreed("iso18013_5_raw", "parse", input_hex="bf0102ff")
    assert not agreed("iso18013_5_raw", "parse", input_hex="bf0102")
    assert "raw key" in unsupported("iso18013_5_raw", "parse", input_hex=b"\xff" * 32)


def test_what_is_not_known_is_unsupported_with_its_word() -> None:
    assert "no such suite" in unsupported("pkcs7_signed", "valid", input_hex="00")
    assert "no meaning" in unsupported("cose_sign1", "perhaps", input_hex=COSE, key=XY)
    assert "neither" in unsupported("cose_sign1", "valid", key=XY)
    assert "hexadecimal" in unsupported("cose_sign1", "valid", input_hex="xyz", key=XY)
    assert "msg_hex" in unsupported("wycheproof_es256_der", "valid", input_hex="00", key=XY)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"vectors": 1}',
        '{"vectors": []}',
        '{"vectors": [1]}',
        '{"vectors": [{}]}',
        '{"vectors": [{"id": null}]}',
        "[" * 100000,
    ],
)
def test_file_of_another_form_is_no_vector_file(content: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(BadDataError, match="vector file"):
        read_vectors(tmp_path / "a.json")


def test_folder_stands_for_its_pack_or_its_files(tmp_path: Path) -> None:
    assert list(expand([str(tmp_path)])) == [tmp_path]
    with pytest.raises(NoInputError):
        read_vectors(tmp_path)
    for name in ("b.json", "a.json"):
        (tmp_path / name).write_text('{"suite": "s", "vectors": [{"id": 1}]}')
    assert [path.name for path in expand([str(tmp_path)])] == ["a.json", "b.json"]
    (tmp_path / "pack.json").write_text("{}")
    assert [path.name for path in expand([str(tmp_path)])] == ["pack.json"]


def test_every_public_suite_agrees_and_turned_around_disagrees() -> None:
    """Every vector that agrees must disagree once its expectation is turned around: no runner says yes to everything."""
    turned = {"valid": "invalid", "invalid": "valid", "not_sign1": "valid"}
    for suite in all_suites():
        assert any(suite.startswith(pattern.rstrip("*")) for pattern in RUNNERS), suite
        for fields in vectors(suite):
            vector = Vector(suite, str(fields["id"]), fields)
            found = answer(vector)
            assert found.state is not State.DISAGREED, (suite, vector.id, found.why)
            if found.state is State.AGREED and fields["expected"] in tuple(turned) and "decoded" not in fields:
                other = answer(replace(vector, fields={**fields, "expected": turned[fields["expected"]]}))
                assert other.state is State.DISAGREED, (suite, vector.id)
