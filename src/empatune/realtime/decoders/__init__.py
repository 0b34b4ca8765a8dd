"""What a volume says: responses of signatures and systems, freed from nuisance."""
