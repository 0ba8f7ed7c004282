"""`yanma completion SHELL`: the completion script, made from the parser itself."""

from __future__ import annotations

import argparse
from typing import Final

from firmware.commands.output import say
from firmware.refusal import ExitCode, UnavailableError

SHELLS: Final = ("bash", "zsh", "tcsh")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS)
    parser.epilog = "example:\n  yanma completion bash > ~/.local/share/bash-completion/completions/yanma"


def main(args: argparse.Namespace) -> int:
    """`args.build_parser` is cli's: the whole parser is what is completed, and cli imports us, not we it."""
    try:
        import shtab
    except ImportError as error:
        raise UnavailableError("the package shtab is not installed", "pip install shtab") from error
    say(shtab.complete(args.build_parser(), shell=args.shell))
    return ExitCode.OK
