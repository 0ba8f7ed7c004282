"""Suite name -> runner, as one table. To add a suite: a runner in the file of its family, and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

from firmware.conformance import chains, encodings, lists, messages, own_pack, signatures
from firmware.conformance.vector import Answer, Runner, State, UnsupportedError, Vector

#: The first pattern that fits the suite's name.
RUNNERS: Final[Mapping[str, Runner]] = {
    "base45*": encodings.run_base45,
    "hcert_base45*": encodings.run_base45,
    "cbor_not_well_formed*": encodings.run_malformed_cbor,
    "cbor_*": encodings.run_cbor,
    "cose_other*": messages.run_other_message,
    "cose_sign1*": messages.run_sign1,
    "hcert_cose_sign1*": messages.run_sign1,
    "hcert_chain*": chains.run,
    "iso18013_5_issuerauth*": messages.run_sign1,
    "iso18013_5_raw*": messages.run_parse,
    "sm2_*": signatures.run,
    "status_list_tokens*": lists.run_token,
    "token_status_list*": lists.run_list,
    "wycheproof_*": signatures.run,
}


def answer(vector: Vector) -> Answer:
    """What comes of one vector. Never raises for what a vector says; a fault of ours is not caught here."""
    try:
        return _runner(vector)(vector)
    except UnsupportedError as error:
        return Answer(State.UNSUPPORTED, str(error))


def _runner(vector: Vector) -> Runner:
    if own_pack.is_own(vector):
        return own_pack.run
    for pattern, runner in RUNNERS.items():
        if fnmatchcase(vector.suite, pattern):
            return runner
    raise UnsupportedError("no such suite is known here")
