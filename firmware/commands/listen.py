"""`yanma listen`: urgent items from an MQTT 5 broker, verified and kept for the terminal, until it is told to stop."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.commands.options import add_config_options, load
from firmware.commands.output import say
from firmware.commands.stopping import stop_on_signals
from firmware.commands.trusting import open_clock
from firmware.config import Config, ConfigError, anchors_folder, require_environment
from firmware.refusal import ExitCode, UnavailableError

if TYPE_CHECKING:
    from firmware.sync.broker import BrokerSpec
    from firmware.sync.urgent import Answer
    from firmware.verify.trust import Anchor, TrustView

#: A thousand retained items arrive at once: the trust data are not read again for each.
RELOAD_S: Final = 5.0

EPILOG: Final = """\
A broker carries items that cannot wait for the next list: one document's state, or a key that is withdrawn. Each
is signed; one that is not, or by a key that may not ask for it, is refused, whatever the broker says. What is taken
lies in urgent.folder, survives restarts, and is in force in the terminal within two seconds.

The broker is named by urgent.broker; a name and a word, where it wants them, are YANMA_BROKER_USER and
YANMA_BROKER_PASSWORD in the environment (or the credentials broker-user and broker-password of systemd).

examples:
  yanma listen
  yanma listen --seconds 30          for a test

exit codes: 0 stopped in order; 69 no broker is configured, no trust data yet; 74 the folder cannot be written;
            78 wrong configuration"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, metavar="N", help="end after so long (default: when told to)")
    add_config_options(parser, "--environment", "--trust")
    parser.epilog = EPILOG


def main(args: argparse.Namespace) -> int:
    config = load(args).config
    require_environment(config, anchors_folder(config))
    spec = _spec(config)
    from firmware.sync.broker import Listening

    with stop_on_signals() as stop:
        listening = Listening(spec, _taker(config), say)
        listening.start()
        try:
            stop.wait(args.seconds)
        finally:
            listening.close()
    return ExitCode.OK


def _spec(config: Config) -> BrokerSpec:
    from firmware.sync.broker import BrokerSpec

    urgent = config.urgent
    if urgent.broker is None:
        raise UnavailableError("no broker is configured", "set urgent.broker, or leave this service off")
    if urgent.ca_file is not None and not Path(urgent.ca_file).is_file():
        raise ConfigError(f"urgent.ca_file: there is no {urgent.ca_file}", "name the file, or auto")
    return BrokerSpec(
        host=urgent.broker,
        port=urgent.port,
        client_id=config.terminal.id,
        region=urgent.region,
        prefix=urgent.prefix,
        tls=urgent.tls,
        ca_file=urgent.ca_file,
        username=_secret("YANMA_BROKER_USER", "broker-user"),
        password=_secret("YANMA_BROKER_PASSWORD", "broker-password"),
    )


def _secret(variable: str, credential: str) -> str | None:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder and (Path(folder) / credential).is_file():
        return (Path(folder) / credential).read_text(encoding="utf-8").strip()
    return os.environ.get(variable)


def _taker(config: Config) -> Callable[[bytes], Answer]:
    """Verifies under the trust data of the moment: a sync may have brought newer since the last item."""
    from firmware.sync.store import TrustError, load_trust, read_anchors
    from firmware.sync.urgent import Answer, Taken, UrgentFolder

    folder, clock = UrgentFolder(Path(config.urgent.folder)), open_clock(config)
    trust, anchors, environment = Path(config.trust.folder), anchors_folder(config), config.terminal.environment
    loaded: list[tuple[float, TrustView, tuple[Anchor, ...]]] = []

    def believed() -> tuple[TrustView, tuple[Anchor, ...]]:
        now_s = time.monotonic()
        if not loaded or now_s - loaded[0][0] > RELOAD_S:
            loaded[:] = [(now_s, load_trust(trust, anchors, environment), read_anchors(anchors, environment))]
            clock.raise_floor(loaded[0][1].newest_issued_s)
        return loaded[0][1:]

    def take(data: bytes) -> Answer:
        try:
            view, own = believed()
        except TrustError as error:
            return Answer(Taken.REFUSED, str(error))
        return folder.take(data, view, own, clock.moment().lo_s)

    return take
