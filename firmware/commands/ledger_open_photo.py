"""`yanma ledger open-photo`: the insurer opens sealed photographs, with the private key that no terminal has."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from firmware.commands.ledgers import read_bytes, told
from firmware.commands.output import hint, say, say_json
from firmware.ledger.receipts.body import Receipt, parse
from firmware.ledger.receipts.folder import require_beside
from firmware.photo_seal import PhotoKeyError, PhotoSealError, read_private_key, unseal
from firmware.refusal import BadDataError, DiskError, ExitCode, NoInputError, Refusal


def main(args: argparse.Namespace) -> int:
    try:
        private = read_private_key(read_bytes(args.key))
    except PhotoKeyError as error:
        raise BadDataError(
            f"{args.key}: {error}", "give the X25519 private key in PEM: openssl genpkey -algorithm X25519 makes one"
        ) from error
    code = int(ExitCode.OK)
    for path in args.files:
        try:
            with told():
                receipt, sealed = _receipt_and_photo(path)
            try:
                picture = unseal(sealed, private, bytes.fromhex(receipt.body["photo"]["binding"]))
            except PhotoSealError as error:
                raise BadDataError(
                    f"{path}: does not open: {error}", "try the key that the terminal had then (receipts.photo_key)"
                ) from error
            opened = _write(args.to / f"{receipt.stem}.jpg", picture)
        except Refusal as refusal:
            code = max(code, int(refusal.exit_code))
            hint(f"yanma: {refusal.what}\n  next step: {refusal.next_step}")
        else:
            fields = {"file": str(path), "picture": str(opened), "code": receipt.code, "bytes": len(picture)}
            if args.json:
                say_json(fields)
            else:
                say(f"{opened}: the frame of receipt {receipt.code}, {len(picture)} bytes")
    return code


def _receipt_and_photo(path: Path) -> tuple[Receipt, bytes]:
    """The receipt beside the photograph, and the very photograph that it names. Raises Refusal or LedgerDamagedError."""
    receipt_path = path.with_suffix(".json")
    if not receipt_path.is_file():
        raise NoInputError(f"{path}: its receipt {receipt_path.name} is not beside it", "copy the receipt there too")
    receipt = parse(read_bytes(receipt_path))
    name = f"{receipt.stem}.photo"
    if receipt.photo_sha256 is None or path.name != name:
        raise BadDataError(f"{path}: {receipt_path.name} names no such photograph", "copy both anew from the terminal")
    return receipt, require_beside(path.parent, receipt)[name]


def _write(path: Path, picture: bytes) -> Path:
    """A new file for its owner alone; one that is there is never replaced."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(picture)
    except FileExistsError as error:
        raise DiskError(f"{path} is there already", "remove it, or give another folder with --to") from error
    except OSError as error:
        raise DiskError(f"{path}: {error.strerror}", "give a folder that may be written with --to") from error
    return path
