"""How a session went, in a few numbers from its record."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np

from empatune.realtime.messages import Aligned, Drawn, VolumeLost, VolumeReceived
from empatune.realtime.recorder import Record
from empatune.typing import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A session in numbers.

    Parameters
    ----------
    n_received, n_decoded, n_marked, n_lost : int
        Volumes that came, that were decoded, that were decoded but marked, that are missing.
    decode_ms, shown_ms, drawn_ms : float
        Median delay from a volume's last byte to its decoding, to its handing over, and to the
        page's word that it was drawn [ms]; NaN where there is none.
    """

    n_received: int
    n_decoded: int
    n_marked: int
    n_lost: int
    decode_ms: float
    shown_ms: float
    drawn_ms: float

    @property
    def sentence(self) -> str:
        """The numbers as a sentence."""
        if self.n_received == 0:
            return "No volume was received."
        drawn = "" if math.isnan(self.drawn_ms) else f", drawn {self.drawn_ms:.0f} ms after it came"
        return (
            f"{self.n_received} volumes received, {self.n_decoded} decoded, {self.n_marked} marked, "
            f"{self.n_lost} lost; the median volume was decoded {self.decode_ms:.0f} ms{drawn}."
        )

    def to_json(self) -> JsonObject:
        """Return the numbers as JSON values.

        Returns
        -------
        dict
            Field names and values; null where there is no number.
        """
        return {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in asdict(self).items()
        }


def summarise(record: Record) -> Summary:
    """Count what a record holds.

    Parameters
    ----------
    record : Record
        The record.

    Returns
    -------
    Summary
        The numbers.
    """
    aligned = [e.message for e in record.entries(Aligned) if isinstance(e.message, Aligned)]
    lost = {
        e.message.index for e in record.entries(VolumeLost) if isinstance(e.message, VolumeLost)
    }
    received = {
        e.message.index: e.message.received_ns
        for e in record.entries(VolumeReceived)
        if isinstance(e.message, VolumeReceived)
    }
    timings = record.timings()
    return Summary(
        n_received=len(received),
        n_decoded=len(aligned),
        n_marked=sum(not message.usable for message in aligned),
        n_lost=len(lost - set(received)),
        decode_ms=_median_ms([t.decoded_ns - t.received_ns for t in timings]),
        shown_ms=_median_ms([t.shown_ns - t.received_ns for t in timings]),
        drawn_ms=_median_ms(drawn_delays_ns(record)),
    )


def drawn_delays_ns(record: Record) -> list[int]:
    """Return for every volume how long after its last byte the participant page had drawn it.

    Parameters
    ----------
    record : Record
        The record.

    Returns
    -------
    list of int
        Delays [ns], until the page's word was back.
    """
    received: dict[int, int] = {}
    delays: dict[int, int] = {}
    for entry in record.entries(VolumeReceived, Drawn):
        message = entry.message
        if isinstance(message, VolumeReceived):
            received[message.index] = message.received_ns
        elif (
            isinstance(message, Drawn)
            and message.page == "participant"
            and message.volume in received
        ):
            delays.setdefault(message.volume, message.drawn_ns - received[message.volume])
    return list(delays.values())


def _median_ms(values_ns: list[int]) -> float:
    return float(np.median(values_ns)) / 1e6 if values_ns else math.nan
