"""A verdict -> the receipt of it, made while the terminal goes on: facts out of verdict and trust, and the thread that writes them.

Must not import: scanner, gate, sync, app. What it can do to a verdict is nothing: it is handed one, and hands back a code.
"""
