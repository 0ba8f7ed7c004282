"""The command line of the office, `yanma-issuer`: arguments only. A command is imported when it is run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from issuer.errors import Exit, OfficeError

_EPILOG: Final = """\
examples:
  yanma-issuer demo ./demo                 a whole small world for a terminal, ready to be verified
  yanma-issuer phone ./demo                keep its live codes fresh, as a phone would

exit codes: 0 done, 2 wrong arguments, 65 data that cannot be used, 73 cannot write, 77 not allowed, 78 set-up

Everything made here belongs to the environment "demo": a production terminal refuses it.
Private keys stay in $XDG_STATE_HOME/yanma-issuer (or ~/.local/state/yanma-issuer), readable by you alone.
"""


class _Completion(argparse.Action):
    """Prints the completion script of a shell, and ends."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        import shtab

        print(shtab.complete(parser, str(values)))
        parser.exit(Exit.OK)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="yanma-issuer",
        description="The issuing side of Yanma (验码): demo documents, live codes, trust data.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--print-completion",
        action=_Completion,
        choices=("bash", "zsh", "tcsh"),
        help="print shell completion and exit",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help_text, configure in _COMMANDS:
        command = commands.add_parser(
            name, help=help_text, description=help_text, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        configure(command)
        command.add_argument(
            "--state", type=Path, metavar="DIR", help="where private keys stay (default: your state folder)"
        )
    return parser


def _demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="DIR", help="the folder to make, or to renew")
    command.add_argument("--force", action="store_true", help="write into a folder that is not empty and no demo")
    command.add_argument("--at", metavar="TIME", help="make it as of this time (ISO 8601; default: now)")


def _phone(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="DIR", help="a demo folder")
    command.add_argument("--once", action="store_true", help="renew once and end")


def _nothing(_command: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


_COMMANDS: Final = (
    ("demo", "make or renew a demo: trust data, codes, expected answers", _demo),
    ("phone", "keep the live codes of a demo fresh", _phone),
    ("defects", "list the named defects", _nothing),
    ("keys", "list the keys of this office", _nothing),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. When something cannot be done the user sees one line, no traceback."""
    options = build_parser().parse_args(arguments)
    command = import_module("issuer.commands")
    try:
        getattr(command, options.command)(options)
        sys.stdout.flush()
    except OfficeError as error:
        print(f"yanma-issuer: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return Exit.OK
    except BrokenPipeError:
        # The reader (head, less) went away: nothing more to say, also not at interpreter exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    return Exit.OK


if __name__ == "__main__":
    sys.exit(main())
