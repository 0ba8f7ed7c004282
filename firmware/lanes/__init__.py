"""What the lanes of one device tell each other, in memory alone: live codes that were taken, and cars that passed.

Must not import: scanner, display, ledger, sync, app.
"""
