"""`yanma ledger show`: the log in a few lines, or one record."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from firmware.attest.times import spoken_time
from firmware.commands.ledgers import opened, read_code_or_refuse, record_fields, told
from firmware.commands.options import load
from firmware.commands.output import say, say_json
from firmware.config import receipts_folder
from firmware.ledger.device import DeviceKey
from firmware.ledger.note import Note
from firmware.ledger.proof import prove
from firmware.ledger.reader import LedgerReader
from firmware.ledger.receipts.code import LENGTH as CODE_LENGTH
from firmware.ledger.receipts.code import read_code
from firmware.ledger.receipts.folder import find_code, require_beside
from firmware.refusal import ExitCode, NoInputError


def main(args: argparse.Namespace) -> int:
    if args.folder is not None:
        return _receipt(args.folder, args.what, as_json=args.json)
    config = load(args).config
    own = receipts_folder(config)
    if args.what is not None and not _is_number(args.what) and own.is_dir():
        return _receipt(own, args.what, as_json=args.json)
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
    index = int(word) - log.start_sequence if _is_number(word) else -1
    if not max(log.gone.size, 1) <= index < log.size:
        raise NoInputError(f"no record {word} is kept", "`yanma ledger show` says from which to which")
    proof = prove(reader, int(word), _checkpoint_for(reader, key))
    record = proof.require(key.note_key)
    if file is not None:
        file.write_text(proof.text, encoding="utf-8")
    return record_fields(record, reader.lanes()) | {"proof": str(file) if file else None}


def _is_number(word: str) -> bool:
    """A record's number. A code of eight digits is taken for a code where its check holds: records are rarely so many."""
    return word.isascii() and word.isdigit() and (len(word) != CODE_LENGTH or read_code(word) is None)


def _receipt(folder: Path, word: str, *, as_json: bool) -> int:
    code = read_code_or_refuse(word)
    with told():
        try:
            found = find_code(folder, code)
            for receipt in found:
                require_beside(folder, receipt)
        except OSError as error:
            raise NoInputError(
                f"{folder}: cannot be opened ({error.strerror})", "name the folder of receipts"
            ) from error
    if not found:
        raise NoInputError(
            f"no receipt {code} in {folder}",
            "look in the folder that was given to --receipt, or that the terminal's were copied to",
        )
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
            "page": str(folder / f"{receipt.stem}.pdf"),
            "photo": str(folder / f"{receipt.stem}.photo") if receipt.photo_sha256 else None,
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
