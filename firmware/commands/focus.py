"""`yanma focus`: the focus aid. Turns the camera and the screen into an instrument for whoever sets the lens."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Final

from firmware.commands.options import add_config_options, load
from firmware.commands.output import say, say_json
from firmware.commands.stopping import stop_on_signals
from firmware.refusal import ExitCode, UnavailableError

if TYPE_CHECKING:
    from firmware.model import Focus

EPILOG: Final = """\
Hold a printed code at the distance where drivers will hold theirs, turn the lens until the score no longer
grows, and lock it. The mark on the bar is the best score so far. 3 pixels a module are enough to read, 4 to 8
are comfortable. The terminal must not be running: one camera, one reader.

examples:
  yanma focus                                   camera and screen of the configuration
  yanma focus --source 0 --panel terminal       the webcam of a laptop, drawn in this window
  yanma focus --panel none | tee scores.txt     a line a second, for a connection without a screen

exit codes: 0 stopped, or N seconds over; 69 the camera or the screen is not there; 78 wrong configuration"""

FRAME_TIMEOUT_S: Final = 3.0
LINE_EACH_S: Final = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, metavar="N", help="end after N seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object a second instead of a line")
    add_config_options(parser, "--source", "--panel", "--lang")
    parser.epilog = EPILOG


def main(args: argparse.Namespace) -> int:
    config = load(args).config
    from firmware.fittings import open_screen
    from firmware.scanner.focusing import focus_of
    from firmware.scanner.source import SourceError, open_source, parse_source

    screen = open_screen(config, sys.stdout, "yanma focus")
    told_s, peak, began_s = 0.0, 0, time.monotonic()
    try:
        with stop_on_signals() as stop, open_source(parse_source(config.camera.source)) as source:
            while not stop.is_set() and (args.seconds is None or time.monotonic() - began_s < args.seconds):
                frame = source.read(FRAME_TIMEOUT_S)
                if frame is None and source.ended:
                    break
                if frame is None:
                    raise UnavailableError("the camera gives no frames", "check its cable, then `yanma doctor`")
                focus = focus_of(frame.gray, peak)
                peak = focus.peak
                screen.focus(focus)
                if not screen.drawn_here and time.monotonic() - told_s >= LINE_EACH_S:
                    told_s = time.monotonic()
                    _tell(focus, as_json=args.json)
    except SourceError as error:
        raise UnavailableError(error.what, error.next_step) from error
    finally:
        screen.close()
    return ExitCode.OK


def _tell(focus: Focus, *, as_json: bool) -> None:
    module = None if focus.module_px is None else round(focus.module_px, 1)
    if as_json:
        say_json({"score": focus.score, "peak": focus.peak, "module_px": module, "exposure": focus.exposure})
    else:
        size = "no code" if module is None else f"{module} px a module"
        say(f"{focus.score:3} of 100, peak {focus.peak}, {size}, light {focus.exposure}")
