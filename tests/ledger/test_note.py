"""Signed notes: what C2SP's published example says, and what is refused."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.ledger.device import DeviceKey
from firmware.ledger.note import Checkpoint, KeyType, Note, NoteError, NoteKey, message_of, parse_note

#: The key and the note of the documentation of golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
DEVICE = DeviceKey.from_bytes(bytes(range(32)), "test")
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(32))
WITNESS_KEY = NoteKey("collector.example", KeyType.WITNESS, WITNESS.public_key().public_bytes_raw())


def signed() -> Note:
    return DEVICE.sign_checkpoint(7, bytes(32))


def cosigned(utc_s: int = 1_781_000_000) -> Note:
    note = signed()
    message = message_of(note.checkpoint, WITNESS_KEY, utc_s)
    return note.with_signature(WITNESS_KEY, utc_s.to_bytes(8, "big") + WITNESS.sign(message))


def require_both(text: str) -> None:
    note = parse_note(text)
    note.require(DEVICE.note_key)
    note.require(WITNESS_KEY)


def test_a_published_key_is_read_and_written_to_the_last_character() -> None:
    key = NoteKey.parse(PETER)
    assert (key.name, key.hash.hex(), key.text) == ("PeterNeumann", "c74f20a3", PETER)


def test_a_checkpoint_reads_as_the_specification_says() -> None:
    lines = signed().text.split("\n")
    assert lines[:4] == [f"yanma/ledger/{DEVICE.id}", "7", "A" * 43 + "=", ""]
    assert lines[4].startswith(f"— yanma/ledger/{DEVICE.id} ")
    assert lines[5:] == [""]


def test_a_note_comes_back_and_says_who_signed_it_and_when() -> None:
    note = parse_note(cosigned().text)
    assert note == cosigned()
    assert note.require(DEVICE.note_key) == 0.0
    assert note.require(WITNESS_KEY) == 1_781_000_000.0


def test_every_changed_character_of_a_note_is_found() -> None:
    text = cosigned().text
    for place in range(len(text)):
        changed = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
        with pytest.raises(NoteError):
            require_both(changed)


BAD_NOTES = {
    "nothing": "",
    "no signature": signed().checkpoint.text + "\n",
    "no blank line": signed().checkpoint.text,
    "a fourth line": signed().text.replace("\n\n", "\nmore\n\n", 1),
    "a size with a zero before it": signed().text.replace("\n7\n", "\n07\n", 1),
    "a size below nothing": signed().text.replace("\n7\n", "\n-7\n", 1),
    "a size beyond all trees": signed().text.replace("\n7\n", "\n99999999999999\n", 1),
    "a root too short": signed().text.replace("A" * 43 + "=", "AAAA", 1),
    "base64 in another form": signed().text.replace("A" * 43 + "=", "A" * 42 + "B=", 1),
    "no newline at the end": signed().text[:-1],
    "a carriage return": signed().text.replace("\n", "\r\n"),
    "a hyphen for the dash": signed().text.replace("— ", "- "),
    "too many signatures": signed().text + signed().text.partition("\n\n")[2] * 8,
    "far too long": signed().text + "x" * 5000,
}


@pytest.mark.parametrize("text", BAD_NOTES.values(), ids=BAD_NOTES)
def test_a_note_that_is_not_in_its_one_form_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        parse_note(text)


def test_a_note_signed_by_another_key_of_the_same_name_is_refused() -> None:
    other = NoteKey(DEVICE.note_key.name, KeyType.LOG, WITNESS_KEY.public)
    with pytest.raises(NoteError, match="not signed by"):
        signed().require(other)


def test_a_logs_signature_never_counts_as_a_witness_and_the_other_way_round() -> None:
    """Cross-use: one private key under both names must not let one statement pass for the other."""
    as_witness = NoteKey(DEVICE.note_key.name, KeyType.WITNESS, DEVICE.public)
    with pytest.raises(NoteError):
        signed().require(as_witness)
    forced = Note(signed().checkpoint, ((as_witness.name, as_witness.hash + signed().signatures[0][1][4:]),))
    with pytest.raises(NoteError, match="does not hold"):
        forced.require(as_witness)


def test_a_receipts_time_cannot_be_moved() -> None:
    note = cosigned()
    name, raw = note.signatures[1]
    moved = Note(note.checkpoint, (note.signatures[0], (name, raw[:4] + bytes(8) + raw[12:])))
    with pytest.raises(NoteError, match="does not hold"):
        moved.require(WITNESS_KEY)


@pytest.mark.parametrize(
    "text",
    ["", "a+b", PETER[:-1], PETER.replace("c74f", "c74e"), "Peter Neumann" + PETER[12:], PETER.replace("+AR", "+Ax")],
)
def test_a_key_with_a_wrong_character_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        NoteKey.parse(text)


def test_a_checkpoint_says_its_three_lines() -> None:
    assert Checkpoint("a/b", 0, bytes(32)).text == "a/b\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
