"""`yanma decode FILE...`: which codes a picture holds. Judges nothing and needs no trust data."""

from __future__ import annotations

import argparse
from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final

from firmware.commands import inputs
from firmware.commands.output import hint, say, say_json
from firmware.refusal import ExitCode, Refusal

if TYPE_CHECKING:
    from firmware.scanner.codes import Code

_SHOWN_BYTES: Final = 60
NOTHING_LIKE_A_CODE: Final = "nothing like a code"

EPILOG: Final = """\
examples:
  yanma decode frame.png
  yanma decode --json marks.pdf | python -m json.tool

exit codes: 0 each file gave a code, 1 at least one did not, 65 a file is no picture,
66 a file cannot be opened"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="picture, PDF, or a folder of those")
    parser.add_argument("--json", action="store_true", help="one JSON object a line; payloads as base64")
    parser.epilog = EPILOG


def main(args: argparse.Namespace) -> int:
    code = int(ExitCode.OK)
    for name in inputs.expand(args.files):
        try:
            found, why = _codes(name)
        except Refusal as refusal:
            if args.json:
                say_json({"file": name, "codes": [], "why": None, "error": refusal.what})
            hint(f"yanma: {refusal.what}\n  next step: {refusal.next_step}")
            code = max(code, refusal.exit_code)
            continue
        if args.json:
            say_json({"file": name, "codes": [_fields(label, item) for label, item in found], "why": why})
        else:
            _say(name, found, why)
        code = max(code, ExitCode.OK if found else ExitCode.NOT_ALL)
    return code


def _codes(name: str) -> tuple[list[tuple[str, Code]], str | None]:
    """(label of the page, code) of every code, and, when there is none, why. Raises NoInputError or BadDataError."""
    from firmware.commands.judging import cause_in
    from firmware.scanner.codes import CODE_128, QR
    from firmware.scanner.planes import gray_of, read_picture_codes

    pages = inputs.read_pages(name)
    found = [
        (label, code) for label, picture in pages for code in read_picture_codes(picture, formats=(QR, CODE_128))[1]
    ]
    why = None if found else (cause_in(gray_of(picture) for _, picture in pages) or NOTHING_LIKE_A_CODE)
    return found, why


def _fields(label: str, code: Code) -> dict[str, Any]:
    return {
        "page": label,
        "format": code.format,
        "bytes": b64encode(code.payload).decode("ascii"),
        "corners": [[round(float(x), 2), round(float(y), 2)] for x, y in code.corners],
        "decoder": code.decoder,
        "stage": code.stage,
    }


def _say(name: str, found: list[tuple[str, Code]], why: str | None) -> None:
    if not found:
        say(f"{name}: no code" + (f" ({why})" if why else ""))
    for _, code in found:
        # repr: a payload is a stranger, and must not send control codes to a terminal
        shown = repr(code.payload[:_SHOWN_BYTES])[1:] + ("..." if len(code.payload) > _SHOWN_BYTES else "")
        say(f"{name}: {code.format} {len(code.payload)} bytes {shown} ({code.decoder}, {code.stage})")
