"""What is known about a volume before it is decoded: where the head is, how good it is."""
