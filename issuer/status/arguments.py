"""The arguments of `yanma-issuer status`. Imports nothing heavy: help needs nothing."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

_EPILOG: Final = """\
a day at the publisher:
  yanma-issuer status build states.npy register.bin      once: one state a place, 0 to 15
  yanma-issuer status publish register.bin ./public      serve ./public as files, its history apart
  yanma-issuer status change register.bin - new.bin      later: lines "list,index,state" from a database
  yanma-issuer status publish new.bin ./public           deltas by the hour, the day, 7 and 30 days
  yanma-issuer status cwt new.bin ./lists                the same content as Token Status Lists
  yanma-issuer status check ./public ./lists             both give the same hash

states: 0 valid, 1 invalid, 2 suspended, 3 local, 12 overdue, 13 extended, 14 notice, 15 look-up-online; number or word
a place is [list, index] as it stands in the credential; docs/status.md has the form, the figures and the rules
"""


def configure(command: argparse.ArgumentParser) -> None:
    command.epilog = _EPILOG
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, (help_text, add) in _ACTIONS.items():
        action = actions.add_parser(
            name, help=help_text, description=help_text, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        add(action)
        action.add_argument(  # suppressed, so that it may also stand before the action
            "--state", type=Path, metavar="DIR", default=argparse.SUPPRESS, help="where private keys stay"
        )


def _build(action: argparse.ArgumentParser) -> None:
    action.epilog = (
        "SOURCE: FILE.npy (one uint8 state a place), FILE.bin (two states a byte, the low half first),\n"
        'FILE.csv or - (lines "list,index,state"; places that are not named are valid)'
    )
    action.add_argument("source", metavar="SOURCE", help="an array, a table, or - for lines on standard input")
    action.add_argument("out", type=Path, metavar="OUT", help="the register to write")
    _lists(action)


def _change(action: argparse.ArgumentParser) -> None:
    action.add_argument("base", type=Path, metavar="BASE", help="a register")
    action.add_argument("changes", metavar="CHANGES", help='lines "list,index,state", or - for standard input')
    action.add_argument("out", type=Path, metavar="OUT", help="the register to write")


def _delta(action: argparse.ArgumentParser) -> None:
    action.add_argument("old", type=Path, metavar="OLD", help="the register to come from")
    action.add_argument("new", type=Path, metavar="NEW", help="the register to come to")
    action.add_argument("out", type=Path, metavar="OUT", help="the parcel to write")


def _apply(action: argparse.ArgumentParser) -> None:
    action.add_argument("base", type=Path, metavar="BASE", help="the register to come from")
    action.add_argument("parcel", type=Path, metavar="DELTA", help="a parcel of `status delta`")
    action.add_argument("out", type=Path, metavar="OUT", help="the register to write")
    action.add_argument("--expect", required=True, metavar="SHA256", help="the hash of the register that must result")


def _publish(action: argparse.ArgumentParser) -> None:
    action.add_argument("register", type=Path, metavar="REGISTER", help="the register that is in force from now on")
    action.add_argument("folder", type=Path, metavar="FOLDER", help="what a server gives: register.cwt, register/")
    action.add_argument(
        "--history", type=Path, metavar="DIR", help="earlier registers, for deltas (default: FOLDER.history)"
    )
    _at(action)


def _cwt(action: argparse.ArgumentParser) -> None:
    action.add_argument("register", type=Path, metavar="REGISTER", help="a register")
    action.add_argument("folder", type=Path, metavar="FOLDER", help="where the lists go, one LIST.cwt each")
    _at(action)


def _check(action: argparse.ArgumentParser) -> None:
    action.add_argument("folder", type=Path, metavar="FOLDER", help="a folder of `status publish`")
    action.add_argument("lists", type=Path, metavar="LISTS", nargs="?", help="a folder of `status cwt`")


def _show(action: argparse.ArgumentParser) -> None:
    action.add_argument("register", type=Path, metavar="REGISTER", help="a register")
    action.add_argument("--place", metavar="LIST,INDEX", action="append", default=[], help="also the state of a place")


def _lists(action: argparse.ArgumentParser) -> None:
    action.add_argument("--lists", type=Path, metavar="FILE", help='the lists: lines "list,size", sizes even')
    action.add_argument(
        "--list-size", type=int, default=1 << 20, metavar="N", help="size of every list (default: %(default)s)"
    )
    action.add_argument(
        "--first-list", type=int, default=1, metavar="N", help="number of an array's first list (default: %(default)s)"
    )


def _at(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--at", metavar="TIME", help="as of this time (ISO 8601, Shanghai when it names no zone; default: now)"
    )


_ACTIONS: Final[dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]]] = {
    "build": ("make a register from an array, a table or lines of states", _build),
    "change": ("apply lines of changes to a register", _change),
    "delta": ("make the parcel that leads from one register to another", _delta),
    "apply": ("make a register from another one and a delta, as a terminal does", _apply),
    "publish": ("publish a register: snapshot, deltas and the signed token", _publish),
    "cwt": ("write the same content as signed Token Status Lists", _cwt),
    "check": ("compare what is published with the hash that was signed", _check),
    "show": ("say what a register holds", _show),
}
