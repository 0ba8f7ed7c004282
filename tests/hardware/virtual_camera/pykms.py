"""Stands in for kms++'s Python binding: picamera2's previews import it, and no preview is ever shown here."""


class PixelFormat:
    RGB888 = BGR888 = XRGB8888 = XBGR8888 = YUV420 = YVU420 = MJPEG = NV12 = ""
