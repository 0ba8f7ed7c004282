"""The command line: finds the subcommand, imports only that one, and is the one door where errors become words.

Nothing heavy is imported here: `yanma --help` must answer at once on a small board.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final, TextIO, cast

from firmware.refusal import ExitCode, Refusal

#: Subcommand -> what it is for. Its module is firmware.commands.<name>.
COMMANDS: Final = {
    "run": "the terminal: camera, verdicts, screen, lamps, barrier",
    "verify": "judge codes in pictures, PDFs or text, offline",
    "decode": "show which codes a picture holds, without judging them",
    "sync": "bring keys, rules and status lists in from a folder",
    "listen": "hear urgent items from a broker and keep them for the terminal",
    "time": "take the terminal's question about the time to its server",
    "web": "the status and commissioning page, on this device alone",
    "ledger": "records, proofs and receipts: show, export, verify",
    "off": "all outputs off, the screen dark: what systemd runs after every end",
    "focus": "turn the lens: a score, its peak, pixels a module",
    "selftest": "commission it: every part tested, a signed record",
    "config": "show the settings and where each came from",
    "conformance": "run published vectors against this build",
    "doctor": "check this machine: each trap with its remedy",
    "version": "versions of the product and of what it uses",
    "completion": "print the completion script of your shell",
}

DESCRIPTION: Final = "Yanma (验码) checks QR credentials offline and says GO, STOP or UNSURE."

EPILOG: Final = """\
examples:
  yanma verify mark.png                  one line: file, family, reason, words
  yanma verify --explain scan.pdf        and every check, in order
  yanma verify --json --at 2026-06-11 *.jpg    one JSON object a line, that day
  yanma decode --json frame.png          payloads as base64, corners
  yanma sync --from /media/stick         newer trust data, verified whole
  yanma doctor                           what this machine has and lacks
  yanma run --source scenes:demo --panel terminal --pins mock

exit codes:
    0  every file is GO or GO+; sync: up to date; doctor: all is well
    1  at least one is not; decode: a file without a code; conformance: a vector
       disagrees; doctor: a warning
    2  wrong usage; doctor: a failure
   65  a file is not a picture, PDF, text or vector file; sync: refused
   66  a file does not exist or may not be read
   69  something needed is not there: trust data, camera, library
   70  an error inside the program (--debug shows where)
   74  writing failed
   75  the camera stopped giving frames: start again
   78  the configuration is wrong, or of another environment
  130  interrupted (Ctrl-C); 141 the reader of the output went away

environment variables:
  YANMA_SECTION__NAME   one setting, as YANMA_PANEL__DRIVER=none
  YANMA_CONFIG          a file read after those of /etc/yanma
  COLUMNS               width of this help

Settings come from package defaults, /etc/yanma/config.toml,
/etc/yanma/config.d/*.toml, --config, variables, then flags; which one won:
`yanma config show --origin`.
"""

_MAX_HELP_COLUMNS: Final = 100


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the examples as they are written, and finds the width without importing shutil (a third of the start-up)."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=_columns() - 2)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. Never raises, never shows a traceback unless --debug was given."""
    words = list(sys.argv[1:] if argv is None else argv)
    _speak_utf8(sys.stdout, sys.stderr)
    debug = "--debug" in words
    try:
        code = _run(words)
        sys.stdout.flush()
        return code
    except SystemExit as leaving:
        return _flushed(leaving.code if isinstance(leaving.code, int) else ExitCode.USAGE)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return _pipe_closed()
    except Refusal as refusal:
        _tell(f"yanma: {refusal.what}", f"  next step: {refusal.next_step}", trace=debug)
        return refusal.exit_code
    except ImportError as error:
        _tell(f"yanma: a library is missing: {error}", "  next step: make setup, or yanma doctor", trace=debug)
        return ExitCode.UNAVAILABLE
    except OSError as error:
        _silence_stdout()
        _tell(f"yanma: {error}", "  next step: check the disk and the rights of that path", trace=debug)
        return ExitCode.IO
    except Exception as error:  # noqa: BLE001 - the one door of this process
        _tell(f"yanma: internal error ({type(error).__name__})", "  next step: run it again with --debug", trace=debug)
        return ExitCode.INTERNAL


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The whole parser, or one in which only the subcommand `only` has its arguments (and only its module is imported)."""
    parser = argparse.ArgumentParser("yanma", description=DESCRIPTION, epilog=EPILOG, formatter_class=HelpFormatter)
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    parser.add_argument("--print-completion", metavar="SHELL", help="bash, zsh or tcsh: like `yanma completion SHELL`")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, summary in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary, formatter_class=HelpFormatter)
        if only in (None, name):
            sub.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help="show tracebacks")
            module = import_module(f"firmware.commands.{name}")
            module.add_arguments(sub)
            sub.set_defaults(main=module.main, build_parser=build_parser)
    return parser


def _run(words: list[str]) -> int:
    named = next((word for word in words if not word.startswith("-")), "")
    parser = build_parser(named if named in COMMANDS else "")
    args = parser.parse_args(words)
    if args.print_completion is not None:
        args = build_parser("completion").parse_args(["completion", args.print_completion])
    elif args.version:
        args = build_parser("version").parse_args(["version"])
    elif args.command is None:
        parser.print_help()
        return ExitCode.USAGE
    return cast("Callable[[argparse.Namespace], int]", args.main)(args)


def _columns() -> int:
    """Columns for the help: COLUMNS, the terminal's, or 80."""
    word = os.environ.get("COLUMNS", "")
    if word.isdecimal() and int(word) > 0:
        return int(word)
    try:
        return (
            min(os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1).columns, _MAX_HELP_COLUMNS) or 80
        )
    except (OSError, ValueError):
        return 80


def _speak_utf8(*streams: TextIO) -> None:
    """Chinese must come out under LANG=C too, and a file name that is not UTF-8 must not end the program."""
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def _flushed(code: int) -> int:
    """The code, once all was written."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _pipe_closed()
    except OSError:
        _silence_stdout()
        return ExitCode.IO
    return code


def _pipe_closed() -> int:
    _silence_stdout()
    return ExitCode.PIPE_CLOSED


def _silence_stdout() -> None:
    """Nothing more can be written there: keep the interpreter's last flush from failing too."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return


def _tell(*lines: str, trace: bool) -> None:
    if trace:
        import traceback

        traceback.print_exc()
    try:
        print(*lines, sep="\n", file=sys.stderr)
    except OSError:
        return
