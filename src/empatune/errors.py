"""Every error that empatune raises on purpose.

A message says what was given, what is allowed and what to do. The command line turns an
`EmpatuneError` into one readable line and exit code 1 (2 for `UsageError`).
"""

from __future__ import annotations


class EmpatuneError(Exception):
    """Something that the user can mend; the message says how."""


class UsageError(EmpatuneError):
    """The call itself is wrong: an unknown name, a bad option, a missing path."""


class StudyError(UsageError):
    """A study file that cannot be used; lists every problem with its line."""


class ParadigmError(UsageError):
    """A paradigm that is unknown or cannot be used; lists every problem with its line."""


class ImageError(EmpatuneError):
    """An image, DICOM object or series that cannot be read as what it should be."""


class SpaceError(ImageError):
    """An image that cannot lie in MNI space, as far as its header tells."""


class SourceError(EmpatuneError):
    """A source of volumes that cannot be opened or has failed for good."""


class PreparationError(EmpatuneError):
    """MNI could not be brought to the participant, or signatures do not fit."""


class SignatureError(EmpatuneError):
    """A signature map that is unknown, missing or damaged."""


class DecodingError(EmpatuneError):
    """Scores of a study that cannot be made, or not compared over people."""


class TrainingError(EmpatuneError):
    """Data from which no signature can be trained or validated as asked."""


class BehaviourError(EmpatuneError):
    """Trials of behaviour, or covariates of people, to which a model cannot be fitted as asked."""


class ComparisonError(EmpatuneError):
    """Evidence of models that cannot be compared: a table without finite numbers or models."""


class ConnectivityError(EmpatuneError):
    """Signals, inputs or a network from which connections cannot be estimated as asked."""


class NetworkError(UsageError):
    """A file of networks that cannot be used; lists every problem with its line."""


class ClaimError(EmpatuneError):
    """A claim that is unknown, or cannot be tested with what was given."""


class RecordError(EmpatuneError):
    """A session record that cannot be written, read or trusted."""


class AllocationError(EmpatuneError):
    """A sealed allocation that is missing, damaged or does not fit the session."""


class ExportError(EmpatuneError):
    """An export or report that cannot be made from a record."""


class DatasetError(EmpatuneError):
    """A BIDS data set, or one run of it, that cannot be decoded as it is."""


class MissingExtraError(EmpatuneError):
    """A feature whose optional packages are not installed.

    Parameters
    ----------
    feature : str
        What was asked for, in the user's words.
    extra : str
        The name of the extra that brings it.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs packages that are not installed. "
            f"Install them with: pip install 'empatune[{extra}]'"
        )


class EmpatuneWarning(UserWarning):
    """The class of every warning that empatune gives."""


class CoverageWarning(EmpatuneWarning):
    """A signature of which a relevant share lies outside the image or the brain."""


class RegistrationWarning(EmpatuneWarning):
    """MNI was brought to the participant, but the result looks doubtful: look at the pictures."""
