"""A QR code that zxing found and could not correct -> its payload, where the light still holds it.

Light is measured again module by module (refine, sample), Reed-Solomon is told where it is doubtful (decode,
reedsolomon), and several frames are summed (fuse). Knows codes.py and the `Unread` of zxing.py; nothing of the stages.
"""

from firmware.scanner.rescue.fuse import Fusion
from firmware.scanner.rescue.reread import rescue

__all__ = ["Fusion", "rescue"]
