"""PUBLISHED VECTORS -> AGREED, DISAGREED, NOT SUPPORTED: the parsers and algorithms of `verify` against other people's data.

For `yanma conformance` alone. Foreign messages need a lenient reader, so one lives here, in our own 200 lines: the device
has no CBOR library, and needs none for this. `verify` must never import this package (setup.cfg holds the contract).
"""
