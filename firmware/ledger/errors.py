"""What can be wrong with a ledger."""

from __future__ import annotations


class LedgerDamagedError(Exception):
    """The stored records are not what was written: a record, a link of the chain, or the file itself."""
