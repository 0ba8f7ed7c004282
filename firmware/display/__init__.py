"""VERDICT -> what people perceive: screens, lamp, sound, vibration.

`signals` chooses words and cues from tables, `screens` draws pure 1-bit images, `panel` and `pins` are the hardware's edge.
Must not import: scanner, verify, gate, ledger, sync, app.
"""
