"""What a session's record says, as tables: for BIDS, for reports, for people."""

from empatune.exports.bids_export import Exported, export
from empatune.exports.history import SessionHistory, VolumeHistory
from empatune.exports.reading import read

__all__ = ["Exported", "SessionHistory", "VolumeHistory", "export", "read"]
