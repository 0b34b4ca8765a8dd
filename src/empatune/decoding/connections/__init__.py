"""From data to connections: networks in files, recordings of a study, a fit of each in each."""
