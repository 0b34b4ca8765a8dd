"""A group over the fits of its participants: design, priors, free energy, and the climb."""
