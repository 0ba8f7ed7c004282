"""`yanma ledger show`: the log in a few lines, or one record."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from firmware.commands.ledgers import opened, record_fields, spoken_time, told
from firmware.commands.options import load
from firmware.commands.output import say, say_json
from firmware.ledger.device import DeviceKey
from firmware.ledger.note import Note
from firmware.ledger.proof import prove
from firmware.ledger.reader import LedgerReader
from firmware.ledger.receipts.code import read_code
from firmware.ledger.receipts.folder import find_code
from firmware.refusal import ExitCode, NoInputError


def main(args: argparse.Namespace) -> int:
    if args.folder is not None:
        return _receipt(args.folder, args.what, as_json=args.json)
    config = load(args).config
    with opened(config) as (reader, key):
        if args.what is None:
            _say(_summary(reader, key), as_json=args.json)
        else:
            _say(_record(reader, key, args.what, args.proof), as_json=args.json)
    return ExitCode.OK


def _summary(reader: LedgerReader, key: DeviceKey) -> dict[str, Any]:
    log, checkpoints, receipts = reader.log(), reader.checkpoints(), reader.receipts()
    ends = [next(reader.records(), None), reader.newest()]
    return {
        "device": key.id,
        "key": key.note_key.text,
        "records": reader.count(),
        "lanes": ", ".join(reader.lanes().values()) or None,
        "oldest": spoken_time(ends[0].utc_s) if ends[0] else None,
        "newest": spoken_time(ends[1].utc_s) if ends[1] else None,
        "first": ends[0].sequence if ends[0] else None,
        "last": ends[1].sequence if ends[1] else None,
        "leaves": log.size,
        "root": log.edge.root().hex(),
        "checkpoint": checkpoints[-1].checkpoint.size if checkpoints else None,
        "receipt": receipts[-1].checkpoint.size if receipts else None,
    }


def _record(reader: LedgerReader, key: DeviceKey, word: str, file: Path | None) -> dict[str, Any]:
    log = reader.log()
    index = int(word) - log.start_sequence if word.isascii() and word.isdigit() else -1
    if not max(log.gone.size, 1) <= index < log.size:
        raise NoInputError(f"no record {word} is kept", "`yanma ledger show` says from which to which")
    proof = prove(reader, int(word), _checkpoint_for(reader, key))
    record = proof.require(key.note_key)
    if file is not None:
        file.write_text(proof.text, encoding="utf-8")
    return record_fields(record, reader.lanes()) | {"proof": str(file) if file else None}


def _receipt(folder: Path, word: str, *, as_json: bool) -> int:
    code = read_code(word)
    if code is None:
        raise NoInputError(
            f"{word} is no receipt code: a character is wrong", "eight characters; I and L are 1, O is 0"
        )
    with told():
        try:
            found = find_code(folder, code)
        except OSError as error:
            raise NoInputError(
                f"{folder}: cannot be opened ({error.strerror})", "name the folder of receipts"
            ) from error
    if not found:
        raise NoInputError(f"no receipt {code} in {folder}", "look in the folder that was given to --receipt")
    for receipt in found:
        body = receipt.body
        fields = {
            "code": receipt.code,
            "number": receipt.number,
            "as_of": body["as_of"]["time"],
            "dates": body["answer"]["dates"],
            "status": body["answer"]["status"],
            "verdict": body["verdict"]["zh"],
            "verdict_en": body["verdict"]["en"],
            "applied_late": body["inspection"]["applied_late"],
            "exempt": body["inspection"]["exempt"],
            "made": body["made"]["time"],
            "device": body["device"]["id"],
            "page": str(folder / f"{receipt.number:06d}-{receipt.code}.pdf"),
        }
        _say(fields | ({"receipt": body} if as_json else {}), as_json=as_json)
    return ExitCode.OK


def _checkpoint_for(reader: LedgerReader, key: DeviceKey) -> Note:
    """A checkpoint of the log as it is now; signed here and not kept: the terminal alone writes its ledger."""
    log = reader.log()
    return key.sign_checkpoint(log.size, log.edge.root())


def _say(fields: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(fields)
        return
    width = max(map(len, fields)) + 2
    for name, value in fields.items():
        if value is not None:
            say(f"{name:<{width}}{value}")
