"""A SELF-TEST'S LINES -> signed commissioning records in a row, each naming the one before it; the last one is the baseline.

Must not import: scanner, verify, display, gate.
"""
