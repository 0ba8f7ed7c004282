"""OUTSIDE -> TRUST. Files of the trust folder become a checked `TrustView`; text from a disk is a stranger every time.

May import: verify's trust and its parsers. Must not import: scanner, display, gate, ledger, app.
"""
