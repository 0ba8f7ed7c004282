"""SM2 by another library: Debian's python3-botan judges the same keys, ids, messages and signatures as our libcrypto.

It lives in the system's Python alone, so it is asked in a process of its own. Without it the test says so and is skipped.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from random import Random
from typing import Final

import pytest

from firmware.verify.algorithms import sm2
from firmware.verify.algorithms.base import BadSignatureError
from issuer import sm2 as office
from issuer.sm2 import ORDER
from tests.shared_data import vectors

PYTHON: Final = "/usr/bin/python3"
ASK: Final = """
import json, sys
try:
    import botan2 as botan
except ImportError:
    import botan3 as botan
answers = []
for point, name, message, signature in json.load(sys.stdin):
    x, y = ("0x" + point[at:at + 64] for at in (2, 66))
    try:
        check = botan.PKVerify(botan.PublicKey.load_sm2("sm2p256v1", x, y), name + ",SM3")
        check.update(bytes.fromhex(message))
        answers.append(check.check_signature(bytes.fromhex(signature)))
    except botan.BotanException:
        answers.append(False)
json.dump(answers, sys.stdout)
"""
Question = tuple[bytes, bytes, bytes, bytes]  # point, distinguishing id, message, signature


def botans_answers(questions: list[Question]) -> list[bool]:
    if shutil.which(PYTHON) is None or subprocess.run([PYTHON, "-c", ASK], input=b"[]", capture_output=True).returncode:
        pytest.skip("python3-botan is not installed: no second opinion on SM2 (apt-get install python3-botan)")
    asked = json.dumps(
        [(point.hex(), name.decode(), message.hex(), signature.hex()) for point, name, message, signature in questions]
    )
    done = subprocess.run([PYTHON, "-c", ASK], input=asked.encode(), capture_output=True, timeout=120, check=True)
    return [bool(answer) for answer in json.loads(done.stdout)]


def our_answer(question: Question) -> bool:
    point, name, message, signature = question
    try:
        sm2.verifier(point, name)(signature, message)
    except (BadSignatureError, ValueError):
        return False
    return True


def mutations(question: Question, random: Random) -> list[Question]:
    """The question itself, and others near it of which each must be answered with no."""
    point, name, message, signature = question
    r, s = signature[:32], signature[32:]
    flipped = bytearray(signature)
    flipped[random.randrange(64)] ^= 1 << random.randrange(8)
    negative = (ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    wrong = (
        bytes(flipped),
        s + r,
        r + negative,
        bytes(32) + s,
        r + bytes(32),
        ORDER.to_bytes(32, "big") + s,
        signature[:-1],
        signature + b"\0",
    )
    return [
        question,
        (point, b"ALICE123@YAHOO.COM", message, signature),
        (point, name, message + b"\0", signature),
        *((point, name, message, each) for each in wrong),
    ]


def test_botan_and_libcrypto_agree_on_our_own_signatures_and_on_wrong_ones() -> None:
    random = Random(20260612)
    known = sm2.SM2_SM3.known_answer
    questions: list[Question] = [(known.public, sm2.DISTINGUISHING_ID, known.message, known.signature)]
    for size in (0, 1, 31, 32, 64, 200, 1000):
        secret = random.randrange(1, ORDER - 1).to_bytes(32, "big")
        message, point = random.randbytes(size), office.public_of(secret)
        questions.append((point, sm2.DISTINGUISHING_ID, message, office.sign(secret, point, message)))
    asked = [other for question in questions for other in mutations(question, random)]
    answers = botans_answers(asked)
    assert answers == [our_answer(question) for question in asked]
    assert sum(answers) == len(questions), "each good one holds, and nothing near it"


def test_botan_and_libcrypto_agree_on_the_signatures_of_six_other_libraries() -> None:
    asked: list[Question] = []
    for vector in vectors("sm2_foreign_signed"):
        name = bytes.fromhex(vector["dist_id_hex"])
        if vector["form"] == "raw" and name.isascii() and b"," not in name:
            parts = (vector["key"]["pub"], vector["msg_hex"], vector["input_hex"])
            point, message, signature = map(bytes.fromhex, parts)
            asked.append((point, name, message, signature))
    assert botans_answers(asked) == [our_answer(question) for question in asked]
