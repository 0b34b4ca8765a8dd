r"""Trust in partners who may give something back, learnt from whether they do.

Of each partner the chance :math:`p` is learnt that an investment is returned. Invested money is
tripled, and a partner who reciprocates returns half; the person chooses between a low and a high
investment, :math:`x_0` and :math:`x_1`:

.. math::

    \text{logit } P(\text{high}) = \tau + \mu (x_1 - x_0) (1.5 p - 1), \qquad
    p \leftarrow p + \alpha (r - p)

where something was invested; :math:`\mu` is what money is worth, and :math:`\tau` what investing is
worth beside money. The chance begins at 0.5, or at each partner's :math:`p_0`. With a social value,
:math:`\tau` becomes :math:`\omega p` with an :math:`\omega` of each partner: to be trusted back is a
reward of its own, which depends on by whom (after Fareri, Chang & Delgado 2015,
doi:10.1523/JNEUROSCI.4775-14.2015).

Who hardly learns shows :math:`\mu (1.5 p_0 - 1)` alone, so that money's worth and first
expectations of ``trust-priors`` can then not be told apart.

Only the abstract of that article could be read: the equations and the priors are ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from empatune.behaviour.catalogue.rates import one_rate, two_rates
from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model, Quantities, Values
from empatune.behaviour.parameters import Parameter
from empatune.numerics.differentiable import jnp

PARTNERS = ("friend", "stranger", "computer")
"""With whom people invest."""

RETURNED = 1.5
"""What a partner who reciprocates returns of each unit: half of its triple."""

RATE = Parameter(
    name="rate",
    summary="share of a prediction error that is learnt",
    lower=0.0,
    upper=1.0,
    typical=0.1,
)
MONEY = Parameter(
    name="money",
    summary="what money is worth",
    unit="log odds a unit of money",
    lower=0.0,
    typical=0.3,
    spread=1.0,
)
TENDENCY = Parameter(
    name="tendency", summary="what investing is worth beside money", unit="log odds", typical=0.0
)
BONUS = Parameter(
    name="bonus", summary="what reciprocation is worth beside money", unit="log odds", typical=0.0
)
PRIOR = Parameter(
    name="prior",
    summary="first expectation that an investment is returned",
    lower=0.0,
    upper=1.0,
    typical=0.5,
    spread=1.0,
)


def _of_each(parameter: Parameter) -> tuple[Parameter, ...]:
    """Make one of each partner."""
    return tuple(
        replace(parameter, name=f"{parameter.name}_{who}", summary=f"{parameter.summary}, {who}")
        for who in PARTNERS
    )


def _start(_: Values, __: Values) -> Any:
    """Begin with even chances."""
    return jnp.full(len(PARTNERS), 0.5)


def _start_from_priors(values: Values, _: Values) -> Any:
    """Begin with what is expected of each partner."""
    return jnp.stack([values[f"prior_{who}"] for who in PARTNERS])


def _present(trial: Values) -> Any:
    """Mark the partner of a trial."""
    return (jnp.arange(len(PARTNERS)) == trial["partner"]).astype(float)


def _worth(values: Values, trust: Any, trial: Values) -> Any:
    """Weigh what a higher investment would bring."""
    return values["money"] * (trial["high"] - trial["low"]) * (RETURNED * trust - 1)


def _expect(values: Values, trusts: Any, trial: Values) -> Any:
    """Invest for the money, and for its own sake."""
    return values["tendency"] + _worth(values, _present(trial) @ trusts, trial)


def _expect_company(values: Values, trusts: Any, trial: Values) -> Any:
    """Invest for the money, and for being trusted back by this partner."""
    present = _present(trial)
    bonus = present @ jnp.stack([values[f"bonus_{who}"] for who in PARTNERS])
    trust = present @ trusts
    return bonus * trust + _worth(values, trust, trial)


def _learn_at(
    rate_of: Callable[[Values, Any], Any],
) -> Callable[[Values, Any, Values], tuple[Any, Quantities]]:
    """Make a rule from its rate; nothing is learnt where nothing was invested."""

    def learn(values: Values, trusts: Any, trial: Values) -> tuple[Any, Quantities]:
        present = _present(trial)
        trust = present @ trusts
        error = jnp.where(trial["outcome"] >= 0, trial["outcome"] - trust, 0.0)
        after = trusts + rate_of(values, error) * error * present
        return after, {"trust": trust, "prediction_error": error}

    return learn


TRUST = Model(
    name="trust",
    summary="chances of being trusted back by each partner, learnt at one rate",
    doi="10.1523/JNEUROSCI.4775-14.2015",
    parameters=(RATE, MONEY, TENDENCY),
    columns=(
        Column(name="partner", summary="with whom", levels=PARTNERS),
        Column(name="low", summary="the lower investment", unit="money"),
        Column(name="high", summary="the higher investment", unit="money"),
        Column(
            name="outcome",
            summary="whether it was returned, 1 or 0; empty where nothing was invested",
            empty=-1.0,
            earned=True,
        ),
    ),
    start=_start,
    expect=_expect,
    learn=_learn_at(one_rate),
    equations=r"P(1) = \sigma(\tau + \mu (x_1 - x_0) (1.5 p - 1)),\quad "
    r"p \leftarrow p + \alpha (r - p)",
)

TRUST_MODELS: tuple[Model, ...] = (
    TRUST,
    replace(
        TRUST,
        name="trust-differential",
        summary="chances of being trusted back; a rate where one is, and one where not",
        parameters=(
            replace(RATE, name="rate_better", summary="share learnt of what is returned"),
            replace(RATE, name="rate_worse", summary="share learnt of what is kept"),
            MONEY,
            TENDENCY,
        ),
        learn=_learn_at(two_rates),
        equations=r"P(1) = \sigma(\tau + \mu (x_1 - x_0) (1.5 p - 1)),\quad p \leftarrow p + "
        r"\alpha_{better} (r - p) \text{ if } r > p \text{ else } p + \alpha_{worse} (r - p)",
    ),
    replace(
        TRUST,
        name="trust-social-value",
        summary="chances of being trusted back, which each partner makes a reward of its own",
        parameters=(RATE, MONEY, *_of_each(BONUS)),
        expect=_expect_company,
        equations=r"P(1) = \sigma(\omega p + \mu (x_1 - x_0) (1.5 p - 1)),\quad "
        r"p \leftarrow p + \alpha (r - p)",
    ),
    replace(
        TRUST,
        name="trust-priors",
        summary="chances of being trusted back, from a first expectation of each partner",
        parameters=(RATE, MONEY, TENDENCY, *_of_each(PRIOR)),
        start=_start_from_priors,
        equations=rf"{TRUST.equations},\quad p_0 = \text{{prior of the partner}}",
    ),
)
"""Models of trust, the plainest first."""
