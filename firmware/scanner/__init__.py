"""LIGHT -> BYTES. Frames come in, payload bytes go out; a frame never leaves this room.

Must not import: display, gate, ledger, verify, sync, app. Heavy imports (cv2, numpy, zxingcpp, picamera2) stay in here.
"""
