"""名册: the signed extract of the national register. Its bytes -> the state of a place [list, index].

One content has one form in bytes (docs/status.md): a snapshot, one that deltas made, and the decoded Token Status Lists of the same
content give the same SHA-256. What moves is that form inside zstd.

May import: model, refusal, numpy, zstandard, the wire facts of verify. Must not import: sync, app, the other rooms.
`verify` must not import it, for it may not know numpy or files.
"""
