"""Tell the motive behind a decision from connections, activity or correlations of regions."""
