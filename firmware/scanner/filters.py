"""Pictures made easier to read: each function takes a grey frame and gives a new one of the same size, or twice it."""

from __future__ import annotations

import cv2
import numpy as np

from firmware.scanner.codes import Gray


def same(gray: Gray) -> Gray:
    return gray


def smooth(gray: Gray) -> Gray:
    """For noise, halftone and moire: modules of 5 pixels and more survive, single pixels do not."""
    return _gray(cv2.GaussianBlur(gray, (0, 0), 2.5))


def sharpen(gray: Gray) -> Gray:
    """For defocus: adds back twice what a blur of 3 pixels takes away."""
    return _gray(cv2.addWeighted(gray, 3.0, cv2.GaussianBlur(gray, (0, 0), 3.0), -2.0, 0.0))


def threshold(gray: Gray) -> Gray:
    """For shadows and light that falls off: black or white against the mean of 51 x 51 pixels around."""
    return _gray(cv2.adaptiveThreshold(gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 51, 5))


def flatten(gray: Gray) -> Gray:
    """For faint contrast: the histogram of each part of the frame is stretched, at most threefold."""
    return _gray(cv2.createCLAHE(3.0, (8, 8)).apply(gray))


def double(gray: Gray) -> Gray:
    """For far codes: twice the size, so that a module of 1.5 pixels has an edge to find."""
    return _gray(cv2.resize(gray, None, fx=2.0, fy=2.0, interpolation=cv2.INTER_CUBIC))


def _gray(picture: object) -> Gray:
    return np.asarray(picture, dtype=np.uint8)
