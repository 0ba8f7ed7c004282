"""The coverage-guided fuzzer of the door (atheris): `make fuzz SECONDS=600`. Findings are written into the folder it names.

python -m tests.hostile.fuzz FOLDER [-max_total_time=600 ...]     options of libFuzzer
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["firmware.verify"]):
    from tests.hostile.door import attack, seeds

CORPUS = Path(__file__).parent / "corpus"
LONGEST = 1700  # a text of 1540 bytes, and some more


def main() -> None:
    folder, *options = sys.argv[1:]
    found = Path(folder) / "found"
    found.mkdir(parents=True, exist_ok=True)
    for name, data in seeds().items():
        (found / f"seed-{name}").write_bytes(data)
    logging.disable(logging.CRITICAL)  # the door logs its own faults; here they are assertions
    artifacts = f"-artifact_prefix={folder}/"
    atheris.Setup(
        [sys.argv[0], f"-max_len={LONGEST}", "-timeout=5", artifacts, *options, str(found), str(CORPUS)], attack
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
