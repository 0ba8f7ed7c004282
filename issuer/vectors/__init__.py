"""The conformance pack: `yanma-issuer vectors DIR`. Every kind, every defect, each with the answer that a reader must give.

Keys, times and signatures are fixed, so the pack comes out byte for byte the same everywhere. docs/conformance-pack.md is
for whoever tests another reader with it. Expected answers follow the documents (docs/wire.md, the decisions), not our code.
"""
