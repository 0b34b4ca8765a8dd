"""The closed loop: sources, preprocessing, decoders, feedback, engine, record."""
