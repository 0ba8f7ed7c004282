"""`yanma ledger export FILE`: the kept records as one file that anybody can check."""

from __future__ import annotations

import argparse

from firmware.commands.ledgers import opened
from firmware.commands.options import load
from firmware.commands.output import say, say_json
from firmware.ledger.export import write
from firmware.ledger.lane_names import sign_names
from firmware.refusal import ExitCode


def main(args: argparse.Namespace) -> int:
    with opened(load(args).config) as (reader, key):
        log = reader.log()
        checkpoint = key.sign_checkpoint(log.size, log.edge.root())
        export = reader.export(key.note_key, log.gone.size, checkpoint, sign_names(key, reader.lanes()))
    size = 0
    draft = args.file.with_name(args.file.name + ".new")
    with draft.open("wb") as file:
        for piece in write(export):
            size += file.write(piece)
    draft.rename(args.file)
    fields = {"file": str(args.file), "leaves": len(export.bodies), "bytes": size, "key": key.note_key.text}
    if args.json:
        say_json(fields)
    else:
        say(f"{args.file}: {len(export.bodies)} leaves, {size} bytes\nkey {key.note_key.text}")
    return ExitCode.OK
