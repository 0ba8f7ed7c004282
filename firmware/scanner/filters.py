"""Pictures made easier to read: each function takes a grey frame and gives a new one of the same size, or twice it."""

from __future__ import annotations

import cv2
import numpy as np

from firmware.scanner.codes import Gray


def same(gray: Gray) -> Gray:
    return gray


def soften(gray: Gray) -> Gray:
    """For noise on small modules: single pixels go, modules of 2 pixels stay."""
    return _gray(cv2.GaussianBlur(gray, (0, 0), 1.0))


def smooth(gray: Gray) -> Gray:
    """For halftone and moire: what repeats within 3 pixels goes, modules of 3 pixels stay."""
    return _gray(cv2.GaussianBlur(gray, (0, 0), 1.5))


def sharpen(gray: Gray) -> Gray:
    """For defocus: adds back twice what a blur of 3 pixels takes away."""
    return _gray(cv2.addWeighted(gray, 3.0, cv2.GaussianBlur(gray, (0, 0), 3.0), -2.0, 0.0))


def sharpen_wide(gray: Gray) -> Gray:
    """For movement and defocus over many pixels: adds back four times what a wide blur takes away."""
    return _gray(cv2.addWeighted(gray, 5.0, cv2.GaussianBlur(gray, (0, 0), 6.0), -4.0, 0.0))


def threshold(gray: Gray) -> Gray:
    """For bands, shadows and light that falls off: black or white against the mean of 51 x 51 pixels around."""
    return _gray(cv2.adaptiveThreshold(gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 51, 5))


def double(gray: Gray) -> Gray:
    """Twice the size: a module of 1.5 pixels has an edge to find, and what is "around" it becomes half as far."""
    return _gray(cv2.resize(gray, None, fx=2.0, fy=2.0, interpolation=cv2.INTER_CUBIC))


def double_threshold(gray: Gray) -> Gray:
    """For small codes in uneven light: edges between pixels before the choice of black or white, against 15 x 15."""
    return _gray(cv2.adaptiveThreshold(double(gray), 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 31, 2))


def double_thin(gray: Gray) -> Gray:
    """For ink that ran and for darkness: light grows by half a pixel on each side."""
    return _gray(cv2.dilate(double(gray), np.ones((3, 3), np.uint8)))


def crisp_wide(gray: Gray) -> Gray:
    """For codes turned far to the side: edges made crisp, then three times as wide, so that modules are square again."""
    return _gray(cv2.resize(_crisp(gray), None, fx=3.0, fy=1.0, interpolation=cv2.INTER_CUBIC))


def crisp_tall(gray: Gray) -> Gray:
    """The same for codes that lean far back."""
    return _gray(cv2.resize(_crisp(gray), None, fx=1.0, fy=3.0, interpolation=cv2.INTER_CUBIC))


def crisp_triple(gray: Gray) -> Gray:
    """For modules of 1.2 to 1.4 pixels: the same both ways."""
    return _gray(cv2.resize(_crisp(gray), None, fx=3.0, fy=3.0, interpolation=cv2.INTER_CUBIC))


def _crisp(gray: Gray) -> Gray:
    """Adds back twice what a blur of 1 pixel takes away: before pixels are stretched, or they blur into each other."""
    return _gray(cv2.addWeighted(gray, 3.0, cv2.GaussianBlur(gray, (0, 0), 1.0), -2.0, 0.0))


def _gray(picture: object) -> Gray:
    return np.asarray(picture, dtype=np.uint8)
