"""The facts of the form (docs/status.md): numbers and limits, no behaviour."""

from __future__ import annotations

from typing import Final

SNAPSHOT_MAGIC: Final = b"YMR\x01"
DELTA_MAGIC: Final = b"YMD\x01"

#: Marks that are coded together and found together: a lookup decodes one block.
BLOCK_MARKS: Final = 2048
#: Blocks that are decoded at once where everything is read: this bounds the memory of a merge.
BATCH_BLOCKS: Final = 32

#: Four-bit states. A mark has any but 0, valid; marks that a delta removes have 0 and nothing else.
STATES: Final = 16
MARKED: Final = frozenset(range(1, STATES))
#: The longest code of a state; sixteen states cannot need more.
MAX_CODE_BITS: Final = 15

# Limits, checked before anything is allocated or looped over.
MAX_LISTS: Final = 1 << 16
MAX_LIST_NUMBER: Final = (1 << 40) - 1
MAX_LIST_SIZE: Final = 1 << 32
MAX_PLACES: Final = 1 << 40
MAX_MARKS: Final = 1 << 28
MAX_FILE_BYTES: Final = 1 << 30
#: A delta is coded by odds when it travels, and pays less where fewer low bits are raw: so many fewer than in a register.
DELTA_SPARE_BITS: Final = 1
#: No gap needs more low bits, for no gap is longer than all places.
MAX_LOW_BITS: Final = 40


class RegisterError(Exception):
    """Bytes that are no register, no delta, or not the ones that they should be. Nothing of them is used."""
