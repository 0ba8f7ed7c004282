"""The office's side of the register: arrays, tables and streams of changes -> a register; registers -> what a server publishes.

Its form, its deltas and its hash are those of firmware/register; the token that names them is firmware/verify/register_token.
"""
