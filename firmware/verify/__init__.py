"""BYTES -> VERDICT. The only door is `verifier.verify`; it never raises.

Must not import: files, sockets, the system clock, numpy, cv2, luma, gpiozero, or any other room. Time is an argument.
"""
