"""Dynamic causal models: equations, integrators, priors, inversion, and fits of recordings."""
