"""What the columns of the group tables mean: a literal list of name, meaning and unit."""

from __future__ import annotations

from types import MappingProxyType

_WHERE = (
    (
        "contrast",
        "Positive minus negative levels; of two crossed columns half the difference of differences",
        "",
    ),
    ("name", "Signature or component system", ""),
    ("kind", "signature or system", ""),
)

COLUMNS = MappingProxyType(
    {
        "effects": (
            *_WHERE,
            ("measure", "What the score is", ""),
            ("design", "within: people have both sides; between: people have one", ""),
            ("n_people", "People that count", ""),
            ("n_plus", "People who have the positive side", ""),
            ("n_minus", "People who have the negative side", ""),
            ("n_trials", "Trials that count", ""),
            ("mean_plus", "Mean over people, positive side", "score"),
            ("mean_minus", "Mean over people, negative side", "score"),
            ("model", "The richest multilevel model that the data carry", ""),
            ("status", "as planned, or why a richer model was left", ""),
            ("estimate", "Effect by the model: positive minus negative side", "score"),
            ("standard_error", "Its standard error", "score"),
            ("df", "Degrees of freedom of t", ""),
            ("low", "Lower end of the effect's confidence interval", "score"),
            ("high", "Upper end of the effect's confidence interval", "score"),
            ("t", "Effect over its standard error", ""),
            ("p", "Two-sided p of t", ""),
            ("p_fdr", "p, corrected over all of its kind (Benjamini and Hochberg)", ""),
            ("p_permutation", "Two-sided p by permutation of people", ""),
            ("p_max_t", "The same, corrected over all of its kind by the largest t", ""),
            ("n_permutations", "Permutations, the data as they are among them", ""),
            ("exact", "Whether these are all permutations that exist", ""),
            ("effect_size", "d_z: differences within people; d_s: groups, pooled", ""),
            ("d", "Effect size of people's means", "standard deviation"),
            ("d_low", "Lower end of its interval (noncentral t)", "standard deviation"),
            ("d_high", "Upper end of its interval", "standard deviation"),
            ("accuracy", "Two-alternative forced choice; within: people, between: pairs", ""),
            ("accuracy_low", "Lower end of its interval (Wilson; between: DeLong)", ""),
            ("accuracy_high", "Upper end of its interval", ""),
            ("accuracy_p", "Against chance, two-sided (binomial; between: rank sum)", ""),
            ("sd_intercept", "Standard deviation of people's means by the model", "score"),
            ("sd_slope", "Standard deviation of people's effects by the model", "score"),
            ("sd_residual", "Standard deviation of trials by the model", "score"),
        ),
        "people": (
            ("contrast", "What is compared", ""),
            ("participant", "The person", ""),
            *_WHERE[1:],
            ("plus", "Mean of the positive side, every level with equal weight", "score"),
            ("minus", "Mean of the negative side", "score"),
            ("difference", "Positive minus negative side", "score"),
            ("n_plus", "Trials of the positive side", ""),
            ("n_minus", "Trials of the negative side", ""),
        ),
        "off_targets": (
            ("contrast", "What is compared", ""),
            ("target", "The signature that is asked about", ""),
            ("other", "The signature or system beside it", ""),
            ("other_kind", "signature or system", ""),
            ("d_target", "Effect size of the target", "standard deviation"),
            ("d_other", "Effect size of the other", "standard deviation"),
            ("d_difference", "Size of the former minus size of the latter, both unsigned", ""),
            ("low", "Lower end of its bootstrap interval over people", ""),
            ("high", "Upper end of its bootstrap interval", ""),
            ("r_people", "Correlation of both effects over people", ""),
            ("r_trials", "Mean correlation over a person's trials of one condition", ""),
        ),
        "coverage": (
            ("participant", "The person", ""),
            *_WHERE[1:],
            ("voxels", "Share of its voxels that the worst run covers", ""),
            ("weight", "Share of its weight energy that the worst run covers", ""),
            ("low", "Whether the share of weight energy is below the threshold", ""),
        ),
        "exclusions": (
            ("contrast", "From which contrast; all if from every one", ""),
            ("participant", "Whose; empty if of everybody", ""),
            ("why", "The reason", ""),
        ),
        "failures": (
            ("run", "BIDS name of the run", ""),
            ("why", "What went wrong", ""),
        ),
    }
)
"""Per table its columns from left to right."""
