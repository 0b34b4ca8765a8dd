"""What publications say of the same people, beside what is found here, and what differs.

Published figures are from the articles or their authors' code and tables, named on the page of
results. Each function takes the fits of a data set, by method and model, and its tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from behaviour_records import Tables
from behaviour_variability import DIFFUSION_MOTIVES_VARIABLE
from empatune.behaviour.comparison import compare
from empatune.behaviour.fitting import Fit, fit
from empatune.behaviour.trials import trials_of

Fits = Mapping[tuple[str, str], Fit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Published results beside ours.

    Attributes
    ----------
    rows : list of (str, str, str)
        What, the published figure, and ours.
    remarks : list of str
        What explains the differences, with what was measured.
    """

    rows: list[tuple[str, str, str]]
    remarks: list[str] = field(default_factory=list)


PUBLISHED_BIC = {
    "effort-parabolic": 6155.28,
    "effort-parabolic-precisions": 5626.82,
    "effort-parabolic-discounts": 4794.81,
    "effort-parabolic-discounts-precisions": 4773.19,
    "effort-linear": 6578.98,
    "effort-linear-precisions": 6031.95,
    "effort-linear-discounts": 5266.84,
    "effort-linear-discounts-precisions": 5320.79,
    "effort-hyperbolic": 6476.45,
    "effort-hyperbolic-precisions": 5953.93,
    "effort-hyperbolic-discounts": 5188.81,
    "effort-hyperbolic-discounts-precisions": 5315.27,
}


def effort(fits: Fits, _: Tables) -> Beside:
    """Compare BIC by maximum likelihood, and means over people (Lockwood and colleagues 2022)."""
    likely = [fits["ml", name] for name in PUBLISHED_BIC]
    ours = compare(likely, criterion="bic").table()["total"].tolist()
    rows = [
        (f"BIC, `{name}`", f"{published:.2f}", f"{own:.2f}")
        for (name, published), own in zip(PUBLISHED_BIC.items(), ours, strict=True)
    ]
    means = fits["ml", "effort-parabolic-discounts"].values
    for name, published in (("discount_self", 0.0758), ("discount_other", 0.2293)):
        rows.append((f"mean {name} (ML)", f"{published:.4f}", f"{means[name].mean():.4f}"))
    rows.append(("mean precision (ML)", "1.890", f"{means['precision'].mean():.3f}"))
    fall = np.array(list(PUBLISHED_BIC.values())) - np.array(ours)
    same = int((np.abs(fall) < 0.01).sum())
    steepest = max(max(v.max() for n, v in one.values.items() if "disc" in n) for one in likely)
    sharpest = max(max(v.max() for n, v in one.values.items() if "prec" in n) for one in likely)
    return Beside(
        rows=rows,
        remarks=[
            (
                f"{same} of 12 are equal to .01, so the likelihoods are the same; in the other "
                f"{int((fall >= 0.01).sum())} ours is lower, by {fall[fall >= 0.01].min():.1f} to "
                f"{fall.max():.1f}: our search found parameters that are more likely, within the "
                f"published bounds (discount 0 to 1.5, here at most {steepest:.2f}; precision 0 to 100, here at "
                f"most {sharpest:.1f})."
            )
        ],
    )


PUBLISHED_INTEGRATED = {
    "learning": 21889.25,
    "learning-self-others": 21728.89,
    "learning-rates": 21606.88,
    "learning-rates-precisions": 21946.88,
}
PUBLISHED_RATES = {"self": (0.102, 0.081), "other": (0.066, 0.063), "none": (0.073, 0.060)}
"""Mean learning rates of young and of older people."""


def learning(fits: Fits, tables: Tables) -> Beside:
    """Compare integrated BIC and rates of young and older people (Cutler and colleagues 2021)."""
    group = [fits["eb", name] for name in PUBLISHED_INTEGRATED]
    seeds = np.array(
        [
            compare(group, criterion="integrated-bic", seed=seed).table()["total"].to_numpy()
            for seed in range(5)
        ]
    )
    middle, error = seeds.mean(axis=0), seeds.std(axis=0, ddof=1)
    rows = [
        (f"integrated BIC, `{name}`", f"{published:.1f}", f"{own:.1f} (SD over draws {sd:.1f})")
        for (name, published), own, sd in zip(
            PUBLISHED_INTEGRATED.items(), middle, error, strict=True
        )
    ]
    winner = group[2]
    ages = tables.participants.set_index("participant")["group"].astype(str)
    young = ages.loc[list(winner.people)].to_numpy() == "young"
    for recipient, published in PUBLISHED_RATES.items():
        rates = winner.values[f"rate_{recipient}"]
        for label, chosen, value in zip(
            ("young", "older"), (young, ~young), published, strict=True
        ):
            rows.append(
                (
                    f"mean rate for {recipient}, {label}",
                    f"{value:.3f}",
                    f"{rates[chosen].mean():.3f}",
                )
            )
    means = [float(row[2]) for row in rows[len(PUBLISHED_INTEGRATED) :]]
    stated = np.concatenate(list(PUBLISHED_RATES.values()))
    ratio, order = float(np.mean(means / stated)), float(spearmanr(means, stated).statistic)
    along = np.array([_correlation(one, 0, 3) for one in winner.covariance])
    published = np.array(list(PUBLISHED_INTEGRATED.values()))
    above = middle > published
    remarks = [
        "The order of the four forms is the published one.",
        (
            f"{int((~above).sum())} of 4 are below the published values, so our search for the group "
            f"ended where the trials are more probable; above, by "
            f"{(middle - published)[above].max(initial=0):.1f} at most, which is as much as the draws "
            f"of the integral do (SD here {error[above].max(initial=0):.1f})."
        ),
        (
            "Rates and precision trade off: within the median person, given the group, rate_self and "
            f"precision correlate {np.median(along):.2f}. The integrated BIC of `learning-rates` is "
            f"within {abs(middle - published)[2]:.1f} of the published one though its rates are "
            f"{ratio:.2f} of those: these trials hardly tell the level of rates. They tell their "
            f"order, which over the six means agrees with the published (Spearman {order:.2f})."
        ),
    ]
    return Beside(rows=rows, remarks=remarks)


def _correlation(covariance: Any, one: int, other: int) -> float:
    """Give the correlation of two parameters within a person."""
    return float(covariance[one, other] / np.sqrt(covariance[one, one] * covariance[other, other]))


def closeness(fits: Fits, _: Tables) -> Beside:
    """Compare the three forms with the spread held (Saulin and colleagues 2024)."""
    names = [
        f"{name}, spread 0.4"
        for name in ("closeness", "closeness-differential", "closeness-recalibration")
    ]
    by_evidence = compare([fits["eb", name] for name in names], criterion="laplace").table()
    by_bic = compare([fits["ml", name] for name in names], criterion="bic").table()
    own_prior = compare([fits["map", name] for name in names], criterion="laplace").table()
    likely, group = fits["ml", names[2]].values, fits["eb", names[2]].values
    means = [
        f"{likely[name].mean():.3f} (ML), {group[name].mean():.3f} (eb)"
        for name in ("reference", "rate")
    ]
    return Beside(
        rows=[
            (
                "best of by Laplace evidence",
                "recalibration, 42 of 46",
                f"{_winner(own_prior)} (each alone); {_winner(by_evidence)} (group)",
            ),
            ("best by BIC", "Rescorla-Wagner", f"{_winner(by_bic)}"),
            ("mean reference", ".418", means[0]),
            ("mean rate", ".164", means[1]),
        ],
        remarks=[
            (
                "A rate's mean over people is that of a few: the median is "
                f"{np.median(likely['rate']):.3f} by ML, and {int((likely['rate'] > 0.5).sum())} of "
                f"{len(likely['rate'])} people are above .5. How many people a form is the best of "
                "depends on the prior, which the evidence includes: the two counts differ by it alone."
            ),
        ],
    )


def _winner(table: Any) -> str:
    """Name the form with the lowest total, and of how many people it is the best."""
    place = int(np.argmin(table["total"]))
    name = str(table["model"][place]).partition(",")[0]
    most = int(np.argmax(table["n_best"]))
    said = f"`{name}`, {table['n_best'][place]} of {table['n_best'].sum()}"
    if most == place:
        return said
    other = str(table["model"][most]).partition(",")[0]
    return f"{said} (`{other}` {table['n_best'][most]})"


PUBLISHED_DIFFUSION = {
    "drift": (0.351, 0.576, 0.467, 0.578),
    "start": (0.598, 0.651, 0.627, 0.656),
    "boundary": (2.043, 1.973, 1.957, 2.067),
}
MOTIVES = ("control", "empathy", "reciprocity", "multi")


def motives(fits: Fits, tables: Tables) -> Beside:
    """Compare group means of the diffusion (Saulin and colleagues 2022, fitted with HDDM)."""
    plain = fits["eb", "diffusion-motives"]
    trials = trials_of(tables.trials, DIFFUSION_MOTIVES_VARIABLE)
    variable = fit(DIFFUSION_MOTIVES_VARIABLE, trials)
    names = [f"{kind}_{motive}" for kind in PUBLISHED_DIFFUSION for motive in MOTIVES]
    names.append("non_decision")
    published = np.array([*np.concatenate(list(PUBLISHED_DIFFUSION.values())), 0.973])
    without, with_it = (
        np.array([one.values[name].mean() for name in names]) for one in (plain, variable)
    )
    rows = [
        (name, f"{value:.3f}", f"{own:.3f}; with variability {other:.3f}")
        for name, value, own, other in zip(names, published, without, with_it, strict=True)
    ]
    between = int(((without - published) * (with_it - published) < 0).sum())
    alike = [np.corrcoef(with_it[at : at + 4], published[at : at + 4])[0, 1] for at in (0, 4, 8)]
    fastest = tables.trials.groupby("participant")["rt"].min()
    gain = float(variable.log_evidence.sum() - plain.log_evidence.sum())
    values = variable.values
    return Beside(
        rows=rows,
        remarks=[
            (
                "HDDM's model lets drift, start and non-decision time vary from trial to trial. "
                f"Without that nobody, but for outliers, can decide within {0.973} s, which {(fastest < 0.973).sum()} "
                f"of {len(fastest)} people sometimes do, so our non-decision time is shorter and "
                "the boundaries are further apart. With drift (SD "
                f"{values['drift_spread'].mean():.2f}) and non-decision time (over "
                f"{values['non_decision_width'].mean():.2f} s) that vary "
                "(`benchmarks/behaviour_variability.py`, a model of one's own) both change as far "
                f"as the publication's and further: {between} of {len(names)} published values lie "
                "between ours without and with variability. Over the four motives ours with it "
                f"correlate {alike[0]:.2f} (drift), {alike[1]:.2f} (start) and {alike[2]:.2f} "
                "(boundary) with the published ones. Laplace's "
                f"evidence rises by {gain:.0f} nats."
            ),
        ],
    )


PUBLISHED_RELIABILITY = {
    "rate_reward": 0.767,
    "rate_punish": -0.453,
    "weight_reward": 0.757,
    "weight_punish": 0.448,
}


def avoidance(fits: Fits, tables: Tables) -> Beside:
    """Compare reliabilities over a week (Yamamori, Robinson & Roiser 2023)."""
    fit = fits["retest", "avoidance-rates-weights"]
    first, second = sorted(tables.trials["session"].astype(str).unique())

    def kept(name: str, session: str) -> Any:
        return fit.scaled[:, fit.model.names.index(f"{name}_{session}")]

    rows = []
    for name, published in PUBLISHED_RELIABILITY.items():
        rows.append(_reliability(name, published, kept(name, first), kept(name, second)))
    ratios = [kept("weight_reward", one) - kept("weight_punish", one) for one in (first, second)]
    rows.append(_reliability("log(weight_reward / weight_punish)", 0.437, *ratios))
    shares = tables.trials.groupby(["participant", "session"])["choice"].mean().unstack()
    one, two = shares.dropna().to_numpy().T
    rows.append(("share of approach, ICC(C,1)", "0.402", f"{_consistency(one, two):.3f}"))
    inside = sum(_inside(row) for row in rows[:-1])
    names = ("avoidance", "avoidance-rates", "avoidance-weights", "avoidance-rates-weights")
    group = compare([fits["eb", name] for name in names], criterion="integrated-bic").best
    alone = compare([fits["ml", name] for name in names], criterion="bic").best
    best = ("best form", "two rates, two weights", f"`{group}` (integrated BIC), `{alone}` (BIC)")
    return Beside(
        rows=[best, *rows],
        remarks=[
            (
                "Of parameters, correlations of the two sessions over people. "
                f"{inside} of {len(rows) - 1} published values lie within the 95 % interval of ours "
                "(Fisher's, 57 people). The publication learnt its group otherwise than by empirical "
                "Bayes with parameters that may correlate over people."
            ),
        ],
    )


def _reliability(name: str, published: float, one: Any, two: Any) -> tuple[str, str, str]:
    """Correlate two sessions, with the interval of the correlation."""
    r = float(np.corrcoef(one, two)[0, 1])
    low, high = np.tanh(np.arctanh(r) + np.array([-1, 1]) * 1.96 / np.sqrt(len(one) - 3))
    return name, f"{published:.3f}", f"{r:.3f} ({low:.2f} to {high:.2f})"


def _inside(row: tuple[str, str, str]) -> bool:
    """Tell whether a published correlation lies within our interval."""
    low, high = row[2].partition("(")[2].rstrip(")").split(" to ")
    return float(low) <= float(row[1]) <= float(high)


def _consistency(one: Any, two: Any) -> float:
    """Give ICC(C,1) of two measurements."""
    both = np.cov(one, two)
    return float(2 * both[0, 1] / (both[0, 0] + both[1, 1]))


def selection(_: Fits, tables: Tables) -> Beside:
    """Compare avoidance and what it goes with (Cameron and colleagues 2019)."""
    shares = tables.trials.groupby("participant")["choice"].mean().dropna()
    rated = tables.participants.set_index("participant").loc[shares.index]
    rows = [
        (
            "empathy is avoided",
            "in each of 11 studies",
            f"chosen in {shares.mean():.1%} (SE {shares.sem():.1%}) of a person's choices",
        )
    ]
    for name, said in (("effort", "less"), ("aversion", "less"), ("efficacy", "more")):
        known = rated[name].notna()
        r = float(np.corrcoef(shares[known], rated.loc[known, name])[0, 1])
        rows.append(
            (
                f"who finds empathy higher in {name}",
                f"chooses it {said}",
                f"r {r:+.2f} ({int(known.sum())} people)",
            )
        )
    return Beside(
        rows=rows,
        remarks=[
            (
                "Each rating alone goes with avoidance as published. Together in one model aversion "
                "adds little to effort and efficacy, see below."
            )
        ],
    )


def trust(fits: Fits, tables: Tables) -> Beside:
    """Compare whom people invest with (Fareri, Chang & Delgado 2015, other people)."""
    by_person = tables.trials.groupby(["participant", "partner"])["choice"].mean().unstack()
    shares = by_person.mean()
    values = fits["eb", "trust-social-value"].values
    partners = ("friend", "stranger", "computer")
    return Beside(
        rows=[
            (
                "investing more",
                "with friends than strangers or a computer",
                ", ".join(f"{partner} {shares[partner]:.1%}" for partner in partners),
            ),
            (
                "worth of what is returned",
                "more, by closeness",
                ", ".join(
                    f"{partner} {np.median(values[f'bonus_{partner}']):+.2f}"
                    for partner in partners
                )
                + " (median bonus)",
            ),
        ],
        remarks=[
            (
                "We know of no published model of these people's learning. Published here is what "
                "Fareri, Chang & Delgado 2015 (doi:10.1523/JNEUROSCI.4775-14.2015) found in 26 "
                "others, whose partners returned alike, too."
            )
        ],
    )


BESIDE: Mapping[str, Callable[[Fits, Tables], Beside]] = {
    "selection": selection,
    "effort": effort,
    "learning": learning,
    "closeness": closeness,
    "motives": motives,
    "trust": trust,
    "avoidance": avoidance,
}
"""By data set: what a publication of the same task says."""

WITHOUT = {
    "seen_pain": "We know of no published model of these ratings.",
    "regulation": "We know of no published model of these ratings.",
}
"""By data set: why nothing published stands beside."""
