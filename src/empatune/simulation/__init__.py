"""The simulated participant: a brain that is scanned, breathes, moves and learns."""
