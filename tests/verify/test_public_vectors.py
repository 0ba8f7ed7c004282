"""The parsers and algorithms against public suites that nobody here wrote (see tests/shared_data.py)."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest

from firmware.verify import base45, cbor
from firmware.verify.algorithms import ALGORITHMS, sm2
from firmware.verify.algorithms.base import BadSignatureError
from firmware.verify.cose import parse_sign1
from firmware.verify.errors import MalformedError
from firmware.verify.statuslist import inflate
from firmware.verify.wire import Alg
from tests.shared_data import vectors

RAW_SIGNATURES = {
    "wycheproof_es256_p1363": Alg.ES256,
    "wycheproof_es384_p1363": Alg.ES384,
    "wycheproof_ed25519": Alg.ED25519,
}


def holds(alg: int, vector: dict[str, Any]) -> bool:
    try:
        verify = ALGORITHMS[alg].load(bytes.fromhex(vector["key"]["pub"]))
        verify(bytes.fromhex(vector["input_hex"]), bytes.fromhex(vector["msg_hex"]))
    except (BadSignatureError, ValueError):
        return False
    return True


@pytest.mark.parametrize(("suite", "alg"), RAW_SIGNATURES.items())
def test_signatures_of_wycheproof_are_judged_as_published(suite: str, alg: Alg) -> None:
    judged = {
        vector["id"]: holds(alg, vector) for vector in vectors(suite) if vector["expected"] in ("valid", "invalid")
    }
    expected = {vector["id"]: vector["expected"] == "valid" for vector in vectors(suite) if vector["id"] in judged}
    assert judged == expected


def test_sm2_signatures_of_six_other_implementations_are_judged_as_expected() -> None:
    for vector in vectors("sm2_foreign_signed"):
        if vector["form"] != "raw":
            continue
        try:
            verify = sm2.verifier(bytes.fromhex(vector["key"]["pub"]), bytes.fromhex(vector["dist_id_hex"]))
            verify(bytes.fromhex(vector["input_hex"]), bytes.fromhex(vector["msg_hex"]))
            good = True
        except (BadSignatureError, ValueError):
            good = False
        assert good == (vector["expected"] == "valid"), vector["id"]


def test_base45_of_the_rfc_and_of_europe() -> None:
    for vector in (*vectors("base45_rfc9285"), *vectors("hcert_base45")):
        text = bytes.fromhex(vector["input_hex"])
        if vector["expected"] == "invalid":
            with pytest.raises(MalformedError):
                base45.decode(text)
        elif vector["id"].startswith("enc-"):
            assert base45.decode(base45.encode(bytes.fromhex(vector["expected"]))) == bytes.fromhex(vector["expected"])
        else:
            assert base45.encode(base45.decode(text)) == text


def test_cbor_that_is_not_well_formed_is_refused() -> None:
    for vector in vectors("cbor_not_well_formed"):
        with pytest.raises(MalformedError):
            cbor.decode(bytes.fromhex(vector["input_hex"]))


def test_cbor_of_the_rfc_is_read_as_cbor2_reads_it_or_refused() -> None:
    read = 0
    for vector in vectors("cbor_appendix_a"):
        data = bytes.fromhex(vector["input_hex"])
        try:
            value = cbor.decode(data)
        except MalformedError:
            continue
        assert value == cbor2.loads(data), vector["id"]
        read += 1
    assert read > 0


def test_other_cose_messages_are_never_taken_for_sign1() -> None:
    for vector in vectors("cose_other_messages"):
        with pytest.raises(MalformedError):
            parse_sign1(bytes.fromhex(vector["input_hex"]), (frozenset({1}), frozenset({1, 4})))


def test_token_status_lists_inflate_to_the_published_entries() -> None:
    for vector in vectors("token_status_list"):
        if not isinstance(vector["expected"], dict):
            continue
        packed = bytes.fromhex(vector["input_hex"])
        bits, data = vector["bits"], inflate(packed if vector["id"].startswith("json") else cbor2.loads(packed)["lst"])
        per_byte = 8 // bits
        for index, state in ((int(index), state) for index, state in vector["expected"].items()):
            assert data[index // per_byte] >> (index % per_byte * bits) & ((1 << bits) - 1) == state
