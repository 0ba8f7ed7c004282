"""A verdict -> a receipt that an insurer can file: facts as canonical JSON, signed by this device, chained, with a page to read.

Must not import: scanner, verify, display, gate, sync, app. Words of a verdict are handed in.
"""
