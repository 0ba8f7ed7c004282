"""`yanma ledger ACTION`: what this terminal has written down, proofs of it for others, and the check of others' proofs."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from typing import Final

from firmware.commands.options import add_config_options

#: Action -> (what it is for, examples and exit codes). Its module is firmware.commands.ledger_<action>.
ACTIONS: Final = {
    "show": (
        "the log in a few lines, one record, or one receipt by its code",
        """\
examples:
  yanma ledger show                       records, newest checkpoint, public key
  yanma ledger show 17                    record 17, in words
  yanma ledger show 17 --proof 17.tlog-proof    and the proof that it stands in the log
  yanma ledger show 4K7Q2M9X              the receipt with this code, of the terminal's own
  yanma ledger show 4K7Q2M9X receipts/    of this folder

exit codes: 0 found; 65 the ledger is damaged; 66 no such record, receipt or folder; 69 no ledger here""",
    ),
    "export": (
        "the kept records as one file that anybody can check",
        """\
The file holds no name, no plate and no picture; of a credential a digest under a key
that never leaves this device.

examples:
  yanma ledger export june.yanma-log
  yanma ledger verify june.yanma-log      what the receiver does with it

exit codes: 0 written; 65 the ledger is damaged; 69 no ledger here; 74 the file cannot be written""",
    ),
    "receipts": (
        "the terminal's own receipts: listed, or copied onto a stick",
        """\
Copied are the signed receipt, its page, its sealed photograph where there is one, and the public
key, into a folder of this device in DIR; each file is checked before and read back after. --forget
then removes the copied ones here, the oldest first; the newest always stays.

examples:
  yanma ledger receipts                          one line each
  yanma ledger receipts --to /media/stick        all of them
  yanma ledger receipts 4K7Q2M9X --to /media/stick
  yanma ledger receipts --since 120 --to /media/stick
  yanma ledger receipts --to /media/stick --forget

exit codes: 0 said or copied; 2 --forget without --to; 65 a receipt does not hold, or another file is in its place;
            66 no such receipt or folder; 69 not the terminal's user; 74 the stick cannot be written""",
    ),
    "open-photo": (
        "the insurer's side: open sealed photographs with the private key",
        """\
FILE is a .photo beside its receipt (.json), as `yanma ledger receipts` copied them. The receipt's signature is
checked, that the file is the one it names, and that it was sealed for this receipt. The private key (X25519,
PEM) belongs to the insurer alone and never on a terminal. PICTURES get the name of their receipt.

examples:
  yanma ledger open-photo receipts/000017-4K7Q2M9X.photo --key private.pem --to pictures/
  yanma ledger open-photo receipts/*.photo --key private.pem --to pictures/

exit codes: 0 all opened; 65 a key of another, a changed file, or one of another receipt; 66 no such file;
            74 the picture is there already or cannot be written""",
    ),
    "verify": (
        "check exports, proofs and receipts, anybody's; without a file this terminal's own log",
        """\
FILE is an export (.yanma-log), a proof of one record (.tlog-proof), one receipt (.json) or a folder of them.
Checked are every record, the tree over them (RFC 9162), and the signatures. Without --key the
signer is the one that the file names: compare the printed key with the device's own.

examples:
  yanma ledger verify                     this terminal's own log
  yanma ledger verify june.yanma-log --key device.pub
  yanma ledger verify july.yanma-log --since june.checkpoint    nothing was rewritten since
  yanma ledger verify receipts/ --json
  yanma ledger verify receipts/ --first 120      the earlier ones were copied before

exit codes: 0 all of it holds; 65 something does not, or was not to be compared; 66 no such file;
            69 no ledger here""",
    ),
    "report": (
        "what a shift came to: figures, nothing about a person or a car",
        """\
examples:
  yanma ledger report --since 2026-06-12T06:00 --until 2026-06-12T14:00
  yanma ledger report --lang en --json

exit codes: 0 said; 2 a time that is none; 65 the ledger is damaged; 69 no ledger here""",
    ),
    "privacy": (
        "what this device keeps, why, and until when",
        """\
examples:
  yanma ledger privacy                    for a data protection file
  yanma ledger privacy --lang en --json

exit codes: 0 said; 65 the ledger is damaged; 69 no ledger here""",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    for name, (summary, epilog) in ACTIONS.items():
        action = actions.add_parser(
            name, help=summary, description=summary, epilog=epilog, formatter_class=parser.formatter_class
        )
        _ARGUMENTS[name](action)
        action.add_argument("--json", action="store_true", help="one JSON object a line")
        add_config_options(action, "--ledger", "--lang", "--environment")
    parser.epilog = "`yanma ledger ACTION --help` shows examples of each"


def main(args: argparse.Namespace) -> int:
    code: int = import_module(f"firmware.commands.ledger_{args.action.replace('-', '_')}").main(args)
    return code


def _show(action: argparse.ArgumentParser) -> None:
    action.add_argument("what", nargs="?", metavar="NUMBER|CODE", help="a record's number, or a receipt's code")
    action.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="the folder of receipts")
    action.add_argument("--proof", type=Path, metavar="FILE", help="also write the record's proof")


def _export(action: argparse.ArgumentParser) -> None:
    action.add_argument("file", type=Path, metavar="FILE", help="the file to write")


def _verify(action: argparse.ArgumentParser) -> None:
    action.add_argument("files", nargs="*", type=Path, metavar="FILE", help="export, proof, or folder of receipts")
    action.add_argument("--key", metavar="KEY", help="the device's public key, or a file that holds it")
    action.add_argument("--collector", metavar="KEY", help="the collector's public key, or a file that holds it")
    action.add_argument(
        "--since", action="append", default=[], type=Path, metavar="CHECKPOINT", help="a checkpoint seen earlier"
    )
    action.add_argument("--first", type=int, default=1, metavar="NUMBER", help="a folder of receipts begins with it")


def _receipts(action: argparse.ArgumentParser) -> None:
    action.add_argument("codes", nargs="*", metavar="CODE", help="only the receipts with these codes")
    action.add_argument("--to", type=Path, metavar="DIR", help="copy them here")
    action.add_argument("--since", type=int, default=1, metavar="NUMBER", help="from this number on")
    action.add_argument("--forget", action="store_true", help="then remove the copied ones from the terminal")
    action.add_argument(
        "--folder", type=Path, metavar="FROM", help="another folder of receipts than the terminal's own"
    )


def _open_photo(action: argparse.ArgumentParser) -> None:
    action.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a sealed photograph beside its receipt")
    action.add_argument("--key", required=True, type=Path, metavar="PRIVATE", help="the insurer's private key, PEM")
    action.add_argument("--to", required=True, type=Path, metavar="DIR", help="the folder for the pictures")


def _report(action: argparse.ArgumentParser) -> None:
    action.add_argument("--since", metavar="TIME", help="from this time on (ISO 8601; without a zone: China's)")
    action.add_argument("--until", metavar="TIME", help="before this time")


def _privacy(_action: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


_ARGUMENTS: Final = {
    "show": _show,
    "export": _export,
    "receipts": _receipts,
    "open-photo": _open_photo,
    "verify": _verify,
    "report": _report,
    "privacy": _privacy,
}
