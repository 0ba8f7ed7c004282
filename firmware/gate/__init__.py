"""VERDICT -> a barrier that moves, or does not. Only GO and GO+ can move it, within limits kept in one place.

Must not import: scanner, verify, display, ledger, sync, app.
"""
