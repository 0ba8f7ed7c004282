"""Yanma (验码): a terminal that scans QR credentials and says, offline, what they are worth.

One sentence: light becomes bytes in `scanner`, bytes become a verdict in `verify`, a verdict becomes sight and sound in
`display` and a moving barrier in `gate`, what happened stays in `ledger`, trust comes in through `sync`; `app` is the
only one who knows them all. `cli` composes them. Words that cross rooms live in `model`.
"""

__version__ = "0.1.0"
