"""`yanma web`: the status and commissioning page, and the switch for commissioning at the device."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from firmware.commands.options import add_config_options, load
from firmware.refusal import ExitCode, UnavailableError

EPILOG: Final = """\
The page answers on this device alone (127.0.0.1). It reads the status file and, while
commissioning is open, asks the terminal for a preview of the camera with its focus score.
Commissioning is opened at the device: hold the MODE key, or `yanma web open` as root.
The screen then shows a code of eight digits for one visitor and ten minutes; five wrong
ones close it. With page.lan = true the page answers on the network for those ten minutes.
There is no password, and no way from the page to the relay.

examples:
  yanma web                           serve, until Ctrl-C or SIGTERM
  yanma web open                      open commissioning, and print the code
  yanma web close                     close it at once
  ssh -L 8088:127.0.0.1:8088 pi       look at the page from elsewhere

exit codes:
   0  stopped by a signal; opened, closed
  69  the port is taken; open, close: no terminal with page.enabled = true answers
  78  the configuration is wrong"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=("serve", "open", "close"), default="serve", help="default: serve")
    add_config_options(parser)
    parser.epilog = EPILOG


def main(args: argparse.Namespace) -> int:
    config = load(args).config
    folder = Path(config.page.folder)
    if args.action != "serve":
        return _switch(folder, args.action)
    from firmware.commands.stopping import stop_on_signals
    from firmware.page.serve import serve
    from firmware.page.site import make_site
    from firmware.page.terminal_line import TerminalLine

    line = TerminalLine(folder / "page.sock")
    app = make_site(Path(config.page.status), line, config.page.port)

    def say(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    with stop_on_signals() as stop:
        try:
            serve(app, config.page.port, lambda: line.opening().open, stop, lan=config.page.lan, say=say)
        except OSError as error:
            raise UnavailableError(
                f"cannot listen on port {config.page.port}: {error.strerror}", "choose another page.port"
            ) from error
    return ExitCode.OK


def _switch(folder: Path, action: str) -> int:
    from firmware.page.terminal_line import TerminalLine

    told = TerminalLine(folder / "control.sock").control(action.upper())
    if told is None or "open" not in told:
        raise UnavailableError(
            f"no terminal answers at {folder / 'control.sock'}",
            "set page.enabled = true, start the terminal, and ask as root",
        )
    code = told.get("code")
    sys.stdout.write(f"open for ten minutes, code {code}\n" if told["open"] and code else "closed\n")
    return ExitCode.OK
