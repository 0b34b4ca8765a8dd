"""Models of behaviour: empathy choice, learning and motives, fitted to trials of real people."""
