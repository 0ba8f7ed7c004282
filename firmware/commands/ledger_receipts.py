"""`yanma ledger receipts`: the terminal's own receipts, listed, or copied onto a stick and then forgotten here."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from firmware.commands.ledgers import read_code_or_refuse, told
from firmware.commands.options import load
from firmware.commands.output import say, say_json
from firmware.config import receipts_folder
from firmware.ledger.receipts.body import Receipt
from firmware.ledger.receipts.copying import copy_receipts
from firmware.ledger.receipts.folder import forget, receipts_from
from firmware.refusal import DiskError, ExitCode, NoInputError, Refusal


class UnsafeForgetError(Refusal):
    """Receipts were to be forgotten that nobody has copied."""

    exit_code = ExitCode.USAGE


def main(args: argparse.Namespace) -> int:
    if args.forget and args.to is None:
        raise UnsafeForgetError("--forget removes what has been copied, and nothing is copied", "give --to DIR too")
    folder = args.folder or receipts_folder(load(args).config)
    with told():
        receipts = _chosen(folder, [read_code_or_refuse(word) for word in args.codes], args.since)
        if args.to is None:
            for receipt in receipts:
                _say_one(receipt, as_json=args.json)
            return ExitCode.OK
        _say_copied(_copied(folder, receipts, args.to, forget_them=args.forget), as_json=args.json)
    return ExitCode.OK


def _chosen(folder: Path, codes: list[str], since: int) -> list[Receipt]:
    if not folder.is_dir():
        raise NoInputError(f"no receipts: there is no {folder}", "receipts.made = true has the terminal make them")
    found = receipts_from(folder, since)
    if not codes:
        if not found:
            raise NoInputError(f"no receipts from number {since} on in {folder}", "give a lower number with --since")
        return found
    if missing := set(codes) - {receipt.code for receipt in found}:
        raise NoInputError(f"no receipt {', '.join(sorted(missing))} in {folder}", "see which there are: without CODE")
    return [receipt for receipt in found if receipt.code in codes]


def _copied(folder: Path, receipts: list[Receipt], to: Path, *, forget_them: bool) -> dict[str, Any]:
    """Copy, and only when all of it stands there, remove it here."""
    target = to / f"receipts-{receipts[0].body['device']['id']}"
    try:
        size = copy_receipts(folder, receipts, target)
        gone = forget(folder, receipts) if forget_them else 0
    except OSError as error:
        raise DiskError(
            f"{error.filename or target}: {error.strerror}",
            "free some space, or give another stick; nothing was removed",
        ) from error
    first, last = receipts[0].number, receipts[-1].number
    return {
        "folder": str(target),
        "receipts": len(receipts),
        "first": first,
        "last": last,
        "bytes": size,
        "forgotten": gone if forget_them else None,
        "key": receipts[0].key.text,
        "check": f"yanma ledger verify {target}{f' --first {first}' if first > 1 else ''}"
        if len(receipts) == last - first + 1
        else f"yanma ledger verify {target}/*.json",
    }


def _say_one(receipt: Receipt, *, as_json: bool) -> None:
    body = receipt.body
    fields = {
        "number": receipt.number,
        "code": receipt.code,
        "made": body["made"]["time"],
        "as_of": body["as_of"]["time"],
        **body["answer"],
        "reason": body["verdict"]["reason"],
        "photo": body["photo"] and body["photo"]["state"] if "photo" in body else None,
    }
    if as_json:
        say_json(fields)
    else:
        said = [f"{receipt.number:06d}", f"{receipt.code[:4]} {receipt.code[4:]}", *list(fields.values())[2:]]
        say("  ".join(str(each) for each in said if each is not None))


def _say_copied(fields: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(fields)
        return
    gone = "" if fields["forgotten"] is None else f", {fields['forgotten']} forgotten here"
    say(
        f"{fields['folder']}: {fields['receipts']} receipts ({fields['first']} to {fields['last']}), "
        f"{fields['bytes']} bytes, each read back{gone}"
    )
    say(f"key {fields['key']}\ncheck them with: {fields['check']}")
