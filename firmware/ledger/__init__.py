"""What happened: chained records without personal data, kept through power cuts.

Must not import: scanner, verify, display, gate, sync, app.
"""
