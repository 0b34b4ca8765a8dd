"""Published weight maps of states of the brain: the catalogue, finding and loading them."""

from empatune.signatures.catalogue import CATALOGUE, Entry
from empatune.signatures.signature import Signature, data_folders, find, load

__all__ = ["CATALOGUE", "Entry", "Signature", "data_folders", "find", "load"]
