"""Single header fields of a DICOM object, read with distrust."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pydicom

from empatune.realtime.sources.refusal import RefusedObjectError
from empatune.typing import FloatArray

DAY_S = 86_400.0

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4.1"
LEGACY_ENHANCED_MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4.4"

PHILIPS_N_SLICES = 0x20011018
GE_N_SLICES = 0x0021104F

_VENDORS = {"siemens": "Siemens", "philips": "Philips", "ge ": "GE"}


def text(dataset: pydicom.Dataset, keyword: str) -> str:
    """Return a field as text.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The object or a sequence item of it.
    keyword : str
        Name of the field.

    Returns
    -------
    str
        Its first value without blanks around it; empty if there is none.
    """
    value = dataset.get(keyword)
    if isinstance(value, pydicom.multival.MultiValue | list):
        value = value[0] if value else ""
    return str(value).strip(" \0") if value is not None else ""


def words(dataset: pydicom.Dataset, keyword: str) -> list[str]:
    """Return a field of several code words.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The object or a sequence item of it.
    keyword : str
        Name of the field.

    Returns
    -------
    list of str
        Its values in capitals.
    """
    value = dataset.get(keyword)
    if value is None:
        return []
    several = [value] if isinstance(value, str) else list(value)
    return [str(word).strip(" \0").upper() for word in several]


def number(dataset: pydicom.Dataset, key: str | int) -> float | None:
    """Return a field as a finite number.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The object or a sequence item of it.
    key : str or int
        Name or tag of the field.

    Returns
    -------
    float or None
        Its first value; None if there is none.
    """
    value: Any = _value(dataset, key)
    if isinstance(value, pydicom.multival.MultiValue | list):
        value = value[0] if value else None
    try:
        result = float(value)
    except (TypeError, ValueError):
        return None
    return result if math.isfinite(result) else None


def integer(dataset: pydicom.Dataset, key: str | int, *, low: int, high: int) -> int | None:
    """Return a field as an integer within bounds.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The object or a sequence item of it.
    key : str or int
        Name or tag of the field.
    low, high : int
        What can be meant; anything else counts as absent.

    Returns
    -------
    int or None
        Its first value; None if there is none.
    """
    value = number(dataset, key)
    return int(value) if value is not None and low <= value <= high else None


def floats(dataset: pydicom.Dataset, keyword: str, *, n: int) -> FloatArray:
    """Return a field of n finite numbers.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The object or a sequence item of it.
    keyword : str
        Name of the field.
    n : int
        How many numbers it must have.

    Returns
    -------
    ndarray, shape (n,)
        Its values.

    Raises
    ------
    RefusedObjectError
        If it is missing or is not n finite numbers.
    """
    value = dataset.get(keyword)
    values = np.array([] if value is None else list(value), dtype=np.float64)
    if values.shape != (n,) or not np.isfinite(values).all() or np.abs(values).max() > 1e5:
        raise RefusedObjectError("unreadable", f"An image has no usable {keyword}.")
    return values


def day_seconds(value: object) -> float | None:
    """Return the time of day of a DICOM time or date-time.

    Parameters
    ----------
    value : object
        Such as ``134421.9650`` or ``20220711120905.225000+0200``.

    Returns
    -------
    float or None
        Seconds since midnight [s]; None if it is no time.
    """
    found = re.fullmatch(
        r"(?:\d{8})?(\d{2})(\d{2})(\d{2}(?:\.\d{1,6})?)(?:[+-]\d{4})?", str(value).strip()
    )
    if found is None:
        return None
    hours, minutes, seconds = (float(part) for part in found.groups())
    return 3600 * hours + 60 * minutes + seconds


def slice_spacing(dataset: pydicom.Dataset) -> float:
    """Return the distance between slices as the header has it.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The object, or the sequence item that holds the pixel measures.

    Returns
    -------
    float
        Distance between the centres of neighbouring slices [mm].

    Raises
    ------
    RefusedObjectError
        If the header has neither the distance nor the thickness.
    """
    spacing = number(dataset, "SpacingBetweenSlices") or number(dataset, "SliceThickness")
    if spacing is None or not 0.01 <= abs(spacing) <= 100:
        raise RefusedObjectError("unreadable", "An image does not say how thick its slices are.")
    return abs(spacing)


def repetition_time(dataset: pydicom.Dataset) -> float | None:
    """Return the repetition time of the header.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The object, or the sequence item that holds the timing.

    Returns
    -------
    float or None
        Repetition time, to 10 microseconds: Philips writes single precision [s].
    """
    value = number(dataset, "RepetitionTime")
    return round(value / 1000, 5) if value is not None and 10 <= value <= 60_000 else None


def vendor_of(dataset: pydicom.Dataset) -> str:
    """Return the vendor's name as we write it.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The object.

    Returns
    -------
    str
        ``Siemens``, ``Philips``, ``GE`` or empty.
    """
    manufacturer = text(dataset, "Manufacturer").lower()
    return next((name for key, name in _VENDORS.items() if manufacturer.startswith(key)), "")


def slices_of(dataset: pydicom.Dataset) -> int | None:
    """Return the number of slices in a volume, where a single slice says it.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The object.

    Returns
    -------
    int or None
        Number of slices; None if it is not said.
    """
    vendor = vendor_of(dataset)
    if vendor == "Philips":
        return integer(dataset, PHILIPS_N_SLICES, low=1, high=10_000)
    if vendor == "GE":
        n_slices = integer(dataset, GE_N_SLICES, low=1, high=10_000)
        return n_slices or integer(dataset, "ImagesInAcquisition", low=1, high=10_000)
    return None


def scanner_of(dataset: pydicom.Dataset) -> str:
    """Return vendor and model.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The object.

    Returns
    -------
    str
        Such as ``Siemens Prisma_fit``; what is not known is left out.
    """
    model = text(dataset, "ManufacturerModelName")
    # A damaged length pulls neighbouring fields, perhaps a name, into this one.
    plain = re.fullmatch(r"[A-Za-z0-9 ._+/()-]{1,40}", model) is not None
    return " ".join(part for part in (vendor_of(dataset), model if plain else "") if part)


def _value(dataset: pydicom.Dataset, key: str | int) -> Any:
    if isinstance(key, str):
        return dataset.get(key)
    return dataset[key].value if key in dataset else None
