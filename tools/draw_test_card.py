"""Draw the code of the test card, one pixel a module: firmware/scanner/testcard.png.

python -m tools.draw_test_card           # writes it
python -m tools.draw_test_card --check   # exits 1 when it is not the code of the card's text
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

import numpy as np
import segno
from PIL import Image

from firmware.scanner.codes import Gray
from firmware.scanner.testcard import CARD_TEXT, FILE_NAME

PATH: Final = Path(__file__).parent.parent / "firmware/scanner" / FILE_NAME


def modules() -> Gray:
    """0 is dark, 255 light, without a quiet zone. Level M, as the codes of documents have."""
    code = segno.make_qr(CARD_TEXT, error="M", boost_error=False)
    return np.array([[0 if dark else 255 for dark in row] for row in code.matrix], np.uint8)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        with Image.open(PATH) as drawn:
            same = np.array_equal(np.asarray(drawn.convert("L")), modules())
        return 0 if same else 1
    Image.fromarray(modules()).convert("1").save(PATH, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
