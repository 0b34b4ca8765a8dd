"""From stored values to the intensities that a vendor means."""

from __future__ import annotations

import numpy as np
import pydicom

from empatune.realtime.sources.fields import number, vendor_of
from empatune.typing import FloatArray

PHILIPS_SCALE_SLOPE = 0x2005100E
PHILIPS_IMAGE_FACTS = 0x2005140F


def slope_and_intercept(*items: pydicom.Dataset, vendor: str) -> FloatArray:
    """Find the scaling of an image.

    Philips stores values that are scaled anew for every series, at times for every slice; its
    private scale slope makes them comparable (Chenevert et al. 2014, doi 10.1593/tlo.13811):
    (stored * rescale slope + rescale intercept) / (rescale slope * scale slope).

    Parameters
    ----------
    *items : pydicom.Dataset
        Where the scaling may stand, the best place first.
    vendor : str
        Name of the vendor, see `vendor_of`.

    Returns
    -------
    ndarray, shape (2,)
        Slope and intercept; 1 and 0 if none is given.
    """
    slope, intercept = 1.0, 0.0
    for item in items:
        found = number(item, "RescaleSlope")
        if found:
            slope, intercept = found, number(item, "RescaleIntercept") or 0.0
            break
    else:
        slope, intercept = _real_world(items)
    private = _scale_slope(items) if vendor == "Philips" else None
    if private is not None:
        slope, intercept = 1.0 / private, intercept / (slope * private)
    return np.array([slope, intercept])


def of_object(dataset: pydicom.Dataset) -> FloatArray:
    """Find the scaling of an object that holds one image.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The object.

    Returns
    -------
    ndarray, shape (2,)
        Slope and intercept.
    """
    return slope_and_intercept(dataset, vendor=vendor_of(dataset))


def _real_world(items: tuple[pydicom.Dataset, ...]) -> tuple[float, float]:
    for item in items:
        for mapping in item.get("RealWorldValueMappingSequence") or []:
            slope = number(mapping, "RealWorldValueSlope")
            if slope:
                return slope, number(mapping, "RealWorldValueIntercept") or 0.0
    return 1.0, 0.0


def _scale_slope(items: tuple[pydicom.Dataset, ...]) -> float | None:
    for item in items:
        value = number(item, PHILIPS_SCALE_SLOPE)
        if value is not None and 1e-12 < abs(value) < 1e12:
            return value
    return None
