"""Options that several subcommands share, and what they give: a Loaded configuration, a profile, a moment."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from firmware.config import Flag, Loaded, load_config
from firmware.refusal import ConfigError

#: Named flag -> (setting, help). `--panel png:FOLDER` and the like: what follows the colon goes to the second setting.
NAMED: Final = {
    "--profile": ("terminal.profile", "police, gate, insurer, dealer, or a profile's .toml file"),
    "--lang": ("terminal.language", "zh or en"),
    "--environment": ("terminal.environment", "demo, staging or production"),
    "--trust": ("trust.folder", "folder with trust.cwt, rules.cwt and status/"),
    "--source": ("camera.source", "where frames come from"),
    "--panel": ("panel.driver", "terminal, ssd1306, sh1106, ssd1309, png[:PATH] or none"),
    "--pins": ("pins.factory", "none, mock or lgpio"),
    "--gate": ("gate.mode", "off, closed, open or last"),
    "--ledger": ("ledger.folder", "folder of the ledger"),
}
_AFTER_COLON: Final = {"panel.driver": "panel.png"}


def add_config_options(parser: argparse.ArgumentParser, *named: str) -> None:
    """Adds --config, --set and the named flags (keys of NAMED) to a subcommand."""
    group = parser.add_argument_group("settings")
    for name in named:
        key, text = NAMED[name]
        group.add_argument(name, dest=_dest(name), metavar=key.partition(".")[2].upper(), help=f"{text} ({key})")
    group.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="one setting, as panel.driver=none"
    )
    group.add_argument("--config", type=Path, metavar="FILE", help="a file read after those of /etc/yanma")


def load(args: argparse.Namespace) -> Loaded:
    """The configuration of files, variables and these options. Raises ConfigError."""
    own: Path | None = args.config
    if own is None and os.environ.get("YANMA_CONFIG"):
        own = Path(os.environ["YANMA_CONFIG"])
    return load_config(own=own, environ=os.environ, flags=_flags(args))


def _flags(args: argparse.Namespace) -> Iterator[Flag]:
    for typed in args.set:
        key, equals, word = typed.partition("=")
        if not equals:
            raise ConfigError(f"flag --set {typed}: expected KEY=VALUE", "as --set panel.driver=none")
        yield Flag(key.strip(), word.strip(), f"--set {typed}")
    for name, (key, _) in NAMED.items():
        word = getattr(args, _dest(name), None)
        if word is None:
            continue
        typed = f"{name} {word}"
        if key in _AFTER_COLON and ":" in word:
            word, _, rest = word.partition(":")
            yield Flag(_AFTER_COLON[key], rest, typed)
        yield Flag(key, word, typed)


def _dest(name: str) -> str:
    return "flag_" + name.strip("-").replace("-", "_")
