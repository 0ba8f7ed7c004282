"""`yanma run`: the terminal itself. Frames in, verdicts out on screen, lamps and barrier, until it is told to stop."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from typing import Final

from firmware.commands.options import add_config_options, load
from firmware.commands.stopping import stop_on_signals

EPILOG: Final = """\
A folder of pictures or a video file is finite: the run ends after its last verdict,
with a summary. A camera runs until Ctrl-C or SIGTERM, which leave the relay off,
the lamps dark and the screen blank.

On a terminal, --panel terminal draws the 128x64 screen in it. In a pipe it writes
one line a verdict: time, family, reason, the words of the screen, milliseconds from
the frame to the cues.

examples:
  yanma run                                      what the configuration says
  yanma run --source 0 --panel terminal          the webcam of a laptop
  yanma run --source demo/codes --trust demo/trust | tee verdicts.txt
  yanma run --source scenes:demo/scenes --trust demo/trust --lang en
  yanma run --source picamera --panel ssd1306 --pins lgpio --gate closed
  yanma run --json-events - --panel none --seconds 60

exit codes:
   0  stopped by a signal, or a finite source came to its end
  69  something needed is not there: a finite source, its trust data, a pin
  70  an error inside the program; everything was switched off
  75  the camera stopped giving frames: start again (systemd does)
  78  the configuration is wrong, or of another environment: a restart cannot help

JSON events hold no plate, name, payload or credential id."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="end after the first verdict")
    parser.add_argument("--seconds", type=_positive, metavar="N", help="end after N seconds")
    parser.add_argument("--json-events", metavar="FILE", help="append one JSON object an event to FILE; - is stdout")
    add_config_options(
        parser, "--source", "--panel", "--pins", "--gate", "--trust", "--profile", "--lang", "--ledger", "--environment"
    )
    parser.epilog = EPILOG


def main(args: argparse.Namespace) -> int:
    started_s = time.monotonic()
    config = load(args).config
    from firmware.compose import Wishes, compose

    logging.basicConfig(
        level=logging.WARNING if sys.stdout.isatty() else logging.INFO,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    wishes = Wishes(once=args.once, seconds=args.seconds, json_events=args.json_events)
    with stop_on_signals() as stop:
        return int(compose(config, wishes, sys.stdout, stop, started_s).run())


def _positive(word: str) -> float:
    value = float(word)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"a number of seconds above 0, not {word}")
    return value
