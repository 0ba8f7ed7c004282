"""`yanma config show`: the effective settings as a TOML file, and with --origin where each came from."""

from __future__ import annotations

import argparse

from firmware.commands.options import NAMED, add_config_options, load
from firmware.commands.output import say, say_json
from firmware.config_schema import SETTINGS
from firmware.refusal import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("show",), help="print all settings")
    parser.add_argument("--origin", action="store_true", help="say where each value came from")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    add_config_options(parser, *NAMED)
    parser.epilog = (
        "examples:\n"
        "  yanma config show --origin\n"
        "  yanma config show > config.toml     a complete file to start from\n"
        "  YANMA_PANEL__DRIVER=none yanma config show --json"
    )


def main(args: argparse.Namespace) -> int:
    loaded = load(args)
    if args.json:
        plain = {key: value for key, value, _ in loaded.items()}
        with_origin = {key: {"value": value, "origin": origin} for key, value, origin in loaded.items()}
        say_json(with_origin if args.origin else plain)
        return ExitCode.OK
    section = ""
    for key, value, origin in loaded.items():
        new_section, _, name = key.partition(".")
        if new_section != section:
            say(f"{'' if not section else chr(10)}[{new_section}]")
            section = new_section
        line = f"{name} = {SETTINGS[key].to_toml(value)}"
        say(f"{line:<44} # {origin}" if args.origin else line)
    return ExitCode.OK
