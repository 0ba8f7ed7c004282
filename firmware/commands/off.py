"""`yanma off`: every output off, whatever a program that ended has left on."""

from __future__ import annotations

import argparse
from typing import Final

from firmware.commands.options import add_config_options, load
from firmware.commands.output import say
from firmware.refusal import ExitCode

EPILOG: Final = """\
The kernels of Raspberry Pi OS leave a pin as it was when the program that drove it is killed: a relay in the middle of its pulse
stays drawn. `yanma run` switches off in every end of its own; for an end by SIGKILL the units run this after it (ExecStopPost=).
The relay goes first, then lamps, buzzer, vibration and torch, then the screen. The terminal must not be running.

examples:
  yanma off                       as configured
  yanma off --pins lgpio --gate closed

exit codes: 0 all that is fitted is off; 69 a part could not be reached, the others are off; 78 wrong configuration"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config_options(parser, "--panel", "--pins", "--gate")
    parser.epilog = EPILOG


def main(args: argparse.Namespace) -> int:
    config = load(args).config
    from firmware.switching_off import switch_off

    for part in switch_off(config):
        say(f"off: {part}")
    return ExitCode.OK
