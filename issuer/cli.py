"""The command line of the office, `yanma-issuer`: arguments only. A command is imported when it is run."""

from __future__ import annotations

import argparse
import io
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
  yanma-issuer page ./demo                 a page that shows live codes, for a phone or a browser
  yanma-issuer show mark ./demo            a live code in this terminal, renewing itself
  yanma-issuer make inspection-mark --way printed --out mark.pdf
  yanma-issuer make vehicle-licence --way phone --defect stale --out stale.png
  yanma-issuer publish ./www --bundle ./demo/trust    a repository for terminals

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
    command.add_argument(
        "--at", metavar="TIME", help="make it as of this time (ISO 8601, Shanghai when it names no zone; default: now)"
    )


def _phone(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="DIR", help="a demo folder")
    command.add_argument("--once", action="store_true", help="renew once and end")


def _show(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME", help="a live code, such as mark, licence, licence-server")
    command.add_argument("folder", type=Path, metavar="DIR", nargs="?", help="a demo folder (only checked)")
    command.add_argument("--once", action="store_true", help="draw one code and end")


def _page(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="DIR", nargs="?", help="a demo folder (only checked)")
    command.add_argument("--port", type=_port, default=0, help="port to listen on (default: a free one)")
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    command.add_argument("--lan", action="store_true", help="listen on all addresses, so that a real phone can open it")


def _time(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port", type=_port, default=0, help="port to listen on (default: a free one)")
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    command.add_argument(
        "--radius-ms", type=int, default=1000, metavar="N", help="how far off this machine's clock may be (%(default)s)"
    )


def _make(command: argparse.ArgumentParser) -> None:
    command.epilog = "what is written follows the name of the file: .png .svg .txt, and .pdf for a printed mark"
    command.add_argument("kind", metavar="KIND", choices=_KINDS, help=", ".join(_KINDS))
    command.add_argument(
        "--way", choices=_WAYS, help="how it is shown (default: phone; downloaded for a mark, printed for a tag)"
    )
    command.add_argument("--defect", metavar="NAME", help="make it wrong in one way; yanma-issuer defects lists them")
    command.add_argument("--alg", choices=("ES256", "Ed25519", "SM2"), default="ES256", help="algorithm of the issuer")
    command.add_argument("--plate", help="the plate, such as 京A12345")
    command.add_argument(
        "--until", metavar="DAY", help="last good day of the inspection or the licence, such as 2027-03-31"
    )
    command.add_argument("--letters", help="state letters, such as A or GH")
    command.add_argument(
        "--at", metavar="TIME", help="make it as of this time (ISO 8601, Shanghai when it names no zone; default: now)"
    )
    command.add_argument("--force", action="store_true", help="overwrite the file")
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help="FILE.png, .svg, .pdf or .txt")


def _vectors(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="DIR", help="the folder to make, or to renew")


def _urgent(command: argparse.ArgumentParser) -> None:
    command.epilog = (
        "examples:\n"
        "  yanma-issuer urgent 11 2001 invalid --out item.cwt          list 11, index 2001: revoked\n"
        "  yanma-issuer urgent 11 2001 valid --broker broker.example --region 11\n"
        "  yanma-issuer urgent --withdraw 0102030405060708 --out item.cwt    a key that was stolen"
    )
    command.add_argument("list", type=int, nargs="?", metavar="LIST", help="number of the status list")
    command.add_argument("index", type=int, nargs="?", metavar="INDEX", help="place on it")
    command.add_argument("status", choices=_STATES, nargs="?", metavar="STATE", help=", ".join(_STATES))
    command.add_argument("--withdraw", metavar="KID", help="instead of a state: the id of a key, in hex")
    command.add_argument("--out", type=Path, metavar="FILE", help="write the item there")
    command.add_argument("--broker", metavar="HOST", help="send it to this MQTT 5 broker, retained")
    command.add_argument("--port", type=_port, default=8883, help="its port (default: 8883)")
    command.add_argument("--region", default="all", help="digit prefix of the region that hears it (default: all)")
    command.add_argument("--no-tls", action="store_true", help="a broker on this machine")
    command.add_argument("--force", action="store_true", help="overwrite the file")


def _collect(command: argparse.ArgumentParser) -> None:
    command.epilog = "POST /v1/batches takes a batch and answers with a receipt; GET /v1/key gives the public key"
    command.add_argument("folder", type=Path, metavar="DIR", help="where the logs are kept, one folder a device")
    command.add_argument("--port", type=_port, default=0, help="port to listen on (default: a free one)")
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    command.add_argument("--name", default="yanma-collector", help="the name that its receipts carry")
    command.add_argument("--accept-new", action="store_true", help="take the logs of devices that are not known yet")


def _status(command: argparse.ArgumentParser) -> None:
    from issuer.status.arguments import configure

    configure(command)


def _publish(command: argparse.ArgumentParser) -> None:
    command.epilog = (
        "DIR is served as it is by nginx, an object store or a CDN (docs/fleet.md), or copied to a stick. Run it again when the\n"
        "bundle changes, and at least twice a day: the timestamp of a repository lives for one day. DIR/metadata/1.root.json\n"
        "belongs into the image of the terminals, as keys/<environment>/root.json."
    )
    command.add_argument("folder", type=Path, metavar="DIR", help="the repository to make, or to renew")
    command.add_argument(
        "--bundle",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="trust.cwt, rules.cwt and status/, as in DEMO/trust",
    )
    command.add_argument("--rotate-root", action="store_true", help="retire the oldest of the three root keys")
    command.add_argument("--rotate-online", action="store_true", help="retire the keys of timestamp and snapshot")
    command.add_argument(
        "--at", metavar="TIME", help="publish as of this time (ISO 8601, Shanghai when it names no zone; default: now)"
    )


def _nothing(_command: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


#: What a terminal does without, and the office needs.
_EXTRAS: Final = ("cbor2", "segno")
_STATES: Final = ("valid", "invalid", "suspended", "overdue", "extended", "notice", "look-up-online")
_KINDS: Final = ("inspection-mark", "driving-licence", "vehicle-licence", "delegated-vehicle-licence", "evi-tag")
_WAYS: Final = ("phone", "server", "downloaded", "printed", "app")
_COMMANDS: Final = (
    ("demo", "make or renew a demo: trust data, codes, expected answers", _demo),
    ("phone", "keep the live codes of a demo fresh", _phone),
    ("page", "show live codes on a small web page", _page),
    ("show", "show a live code in this terminal", _show),
    ("time", "answer terminals' questions about the time, signed", _time),
    ("make", "make one document, good or with a named defect", _make),
    ("defects", "list the named defects", _nothing),
    ("vectors", "make the conformance pack: every kind with every defect, the same bytes everywhere", _vectors),
    ("urgent", "sign what cannot wait for the next list, into a file or to a broker", _urgent),
    ("collect", "collect the records of terminals, and give receipts for them", _collect),
    ("status", "states of documents by the thousand million: build, change, publish", _status),
    ("publish", "make or renew the repository that terminals sync from", _publish),
    ("keys", "list the keys of this office", _nothing),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. When something cannot be done the user sees one line, no traceback."""
    options = build_parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Chinese shows "?" and no traceback
    try:
        getattr(import_module("issuer.commands"), options.command)(options)
        sys.stdout.flush()
    except ModuleNotFoundError as error:
        if error.name not in _EXTRAS:
            raise
        print(f"yanma-issuer: {error.name} is not installed: pip install 'yanma[issuer]'", file=sys.stderr)
        return Exit.BAD_CONFIG
    except OfficeError as error:
        print(f"yanma-issuer: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return Exit.OK
    except BrokenPipeError:
        # The reader (head, less) went away: nothing more to say, also not at interpreter exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except OSError as error:
        print(f"yanma-issuer: cannot use {error.filename or 'a file'}: {error.strerror}", file=sys.stderr)
        return Exit.NO_PERMISSION if isinstance(error, PermissionError) else Exit.CANNOT_CREATE
    return Exit.OK


if __name__ == "__main__":
    sys.exit(main())
