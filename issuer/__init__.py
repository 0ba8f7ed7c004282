"""THE OFFICE: makes credentials, trust data, demo environments and live codes. Never installed on a device.

May use the wire facts of `firmware.verify` and `firmware.model`; nothing else of the device.
"""
