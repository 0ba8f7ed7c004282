"""`yanma ledger verify`: whether an export, a proof, a folder of receipts or the own log holds."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.attest.times import spoken_time
from firmware.commands.ledgers import opened, public_key, read_bytes, record_fields, told
from firmware.commands.options import load
from firmware.commands.output import hint, say, say_json
from firmware.config import Config
from firmware.ledger.audit import audit
from firmware.ledger.export import MAGIC, read
from firmware.ledger.note import Note, NoteKey, parse_note
from firmware.ledger.proof import parse_proof
from firmware.ledger.receipts.body import parse
from firmware.ledger.receipts.folder import require_beside, verify_folder
from firmware.refusal import BadDataError, ExitCode, NoInputError, Refusal


@dataclass(frozen=True, slots=True)
class Known:
    """What the person who checks already knows: keys, and checkpoints from earlier."""

    key: NoteKey | None
    collector: NoteKey | None
    seen: tuple[Note, ...]
    first: int = 1  # the number that a folder of receipts begins with


def main(args: argparse.Namespace) -> int:
    config = load(args).config
    with told():
        seen = tuple(parse_note(read_bytes(path).decode("utf-8", "replace")) for path in args.since)
    known = Known(public_key(args.key), public_key(args.collector), seen, args.first)
    code = int(ExitCode.OK)
    for path in args.files or [None]:
        try:
            with told():
                fields = _own(config) if path is None else _file(path, known)
        except Refusal as refusal:
            code = max(code, refusal.exit_code)
            _refused(path, refusal, as_json=args.json)
        else:
            _held(fields, known, as_json=args.json)
    return code


def _own(config: Config) -> dict[str, Any]:
    with opened(config) as (reader, key):
        records = reader.verify(key.note_key)
        log = reader.log()
        return {
            "file": config.ledger.folder,
            "holds": True,
            "what": "own log",
            "records": records,
            "leaves": log.size,
            "root": log.edge.root().hex(),
            "key": key.note_key.text,
        }


def _file(path: Path, known: Known) -> dict[str, Any]:
    if path.is_dir():
        return _receipts(path, known)
    content = read_bytes(path)
    if path.suffix == ".json":
        return _receipt(path, content, known)
    if content.startswith(MAGIC):
        return {"file": str(path), "holds": True, "what": "export"} | _export(content, known)
    try:
        proof = parse_proof(content.decode())
    except UnicodeDecodeError:
        raise BadDataError(f"{path}: neither an export nor a proof", "give what `yanma ledger export` wrote") from None
    if known.key is None:
        raise BadDataError(f"{path}: a proof says nothing without the device's key", "give it with --key")
    return {"file": str(path), "holds": True, "what": "proof", "key": known.key.text} | record_fields(
        proof.require(known.key),
        {},  # a proof holds the record alone, which says its lane by number
    )


def _receipts(folder: Path, known: Known) -> dict[str, Any]:
    receipts = verify_folder(folder, known.key, known.first)
    if not receipts:
        raise NoInputError(
            f"{folder}: no receipts in it",
            "name the folder that was given to --receipt; on a stick it is receipts-DEVICE",
        )
    last = receipts[-1]
    return {
        "file": str(folder),
        "holds": True,
        "what": "receipts",
        "receipts": len(receipts),
        "newest": last.body["made"]["time"],
        "codes": [receipt.code for receipt in receipts],
        "device": last.body["device"]["id"],
        "key": last.key.text,
    }


def _receipt(path: Path, content: bytes, known: Known) -> dict[str, Any]:
    """One receipt by itself, with what stands beside it; nothing is said of those before it."""
    receipt = parse(content)
    if known.key is not None and receipt.key != known.key:
        raise BadDataError(f"{path} is signed by {receipt.key.text}", f"expected was {known.key.text}")
    require_beside(path.parent, receipt)
    return {
        "file": str(path),
        "holds": True,
        "what": "receipt",
        "code": receipt.code,
        "number": receipt.number,
        "device": receipt.body["device"]["id"],
        "key": receipt.key.text,
    }


def _export(content: bytes, known: Known) -> dict[str, Any]:
    export = read(content)
    found = audit(export, known.key, known.seen, known.collector)
    return {
        "records": found.records,
        "leaves": found.checkpoint.size,
        "first": found.oldest.sequence if found.oldest else None,
        "last": found.newest.sequence if found.newest else None,
        "oldest": spoken_time(found.oldest.utc_s) if found.oldest else None,
        "newest": spoken_time(found.newest.utc_s) if found.newest else None,
        "families": found.families,
        "lanes": found.lanes or None,
        "compared": found.compared,
        "receipt": spoken_time(found.receipt_s) if found.receipt_s is not None else None,
        "root": found.checkpoint.root.hex(),
        "key": export.key.text,
    }


def _held(fields: dict[str, Any], known: Known, *, as_json: bool) -> None:
    if as_json:
        say_json(fields)
        return
    say(f"{fields['file']}: holds ({fields['what']})")
    for name, value in fields.items():
        if name not in ("file", "holds", "what", "codes") and value is not None:
            say(f"  {name:<15}{value}")
    if known.key is None and fields["what"] in ("export", "receipt", "receipts"):
        hint("  compare this key with the device's own (yanma ledger show), or give it with --key")


def _refused(path: Path | None, refusal: Refusal, *, as_json: bool) -> None:
    if as_json:
        say_json({"file": str(path) if path else None, "holds": False, "error": refusal.what})
    hint(
        f"yanma: {f'{path}: ' if path and str(path) not in refusal.what else ''}{refusal.what}\n  next step: {refusal.next_step}"
    )
