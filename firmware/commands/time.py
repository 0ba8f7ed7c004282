"""`yanma time`: the half of the clock that needs a network. Takes the terminal's question to the server of signed time."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from firmware.commands.options import add_config_options, load
from firmware.commands.output import say
from firmware.refusal import ConfigError, ExitCode, UnavailableError

TURN_S: Final = 1.0
EPILOG: Final = """\
The terminal has no network. It writes a question into clock.requests; this program, another user with a
network, takes it to clock.server and writes the signed answer into clock.handover. It also looks at chrony
and gpsd, where clock.sources names them. It believes nothing: the terminal checks the signature, and that
the answer is to its own question.

examples:
  yanma time                                as yanma-time.service does, until it is stopped
  yanma time --once --server https://time.example.cn
  yanma-issuer time --port 8037             a server of signed time for a demo

exit codes: 0 stopped, or one turn done; 69 the handover folder cannot be written;
            78 neither a server nor chrony nor gnss is configured"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--server", metavar="URL", help="address of the server of signed time (clock.server)")
    parser.add_argument("--once", action="store_true", help="one turn: answer what is asked now, and end")
    add_config_options(parser, "--environment")
    parser.epilog = EPILOG


def main(args: argparse.Namespace) -> int:
    config = load(args).config
    from firmware.time_sources.fetch import TimeHelper
    from firmware.time_sources.fitting import helper_sources

    if args.server is not None:
        try:
            config = replace(config, clock=replace(config.clock, server=args.server))
        except ValueError as error:
            raise ConfigError(f"--server: {error}", "give an address such as https://time.example.cn") from error
    sources = helper_sources(config)
    if config.clock.server is None and not sources:
        raise ConfigError(
            "there is nothing to ask: clock.server is none, and clock.sources names neither chrony nor gnss",
            "set clock.server to the address of your server of signed time",
        )
    handover = Path(config.clock.handover)
    helper = TimeHelper(config.clock.server, Path(config.clock.requests), handover, sources)
    while True:
        try:
            lines = helper.turn()
        except OSError as error:
            raise UnavailableError(
                f"{handover} cannot be written: {error.strerror}",
                "set clock.handover to a folder of this user (RuntimeDirectory=yanma-time)",
            ) from error
        for line in lines:
            say(line)
        if args.once:
            return ExitCode.OK
        time.sleep(TURN_S)
