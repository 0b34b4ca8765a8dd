"""Every study of which the review makes a statement, and where that statement went.

The review's list of references could not be read, so that studies go by name, not by number.
"""

from __future__ import annotations

from dataclasses import dataclass

from empatune.claims.catalogue import CLAIMS
from empatune.claims.records import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A study that the review cites.

    Parameters
    ----------
    study : str
        Who and when.
    about : str
        What the review takes from it, in our words.
    claims : tuple of str
        Claims that state it.
    note : str
        Where it went beside the claims, or why there is none.
    """

    study: str
    about: str
    claims: tuple[str, ...] = ()
    note: str = ""


STUDIES = (
    Cited(
        study="Zaki 2014",
        about="Motives to approach and avoid empathy, and how people regulate it.",
        note="The model itself (docs/framework.md); every claim's path runs through it.",
    ),
    Cited(
        study="Lamm 2011; Fan 2011",
        about="Experience sharing and its regions.",
        claims=("sharing-of-pain",),
        note="Their peaks are the regions of empatune.systems.",
    ),
    Cited(
        study="Singer 2004",
        about="A loved one's pain engages anterior insula and cingulate.",
        claims=("sharing-of-pain",),
        note="Pain of oneself and of a partner is not a design of the library; that seen pain "
        "engages the insula is tested in Krishnan 2016.",
    ),
    Cited(
        study="Kanske 2015",
        about="Empathy and mentalizing are apart in brain and behaviour.",
        claims=("emotion-and-thought-are-apart",),
    ),
    Cited(
        study="Kanske 2016",
        about="Strong emotion inhibits mentalizing.",
        claims=("emotion-disturbs-thought",),
    ),
    Cited(
        study="FeldmanHall 2015",
        about="Trait concern, not distress, drives costly altruism.",
        claims=("concern-makes-altruists", "distress-does-not-make-altruists"),
    ),
    Cited(
        study="Shaw 1994",
        about="Expected cost of helping makes people avoid empathy.",
        claims=("cost",),
    ),
    Cited(
        study="Cameron 2016",
        about="A stigmatized target is expected to exhaust and is granted less mind.",
        note="No claim: what was measured, the mind that is granted to a target, is an input of the "
        "model (feature mind), not an answer of it; that exhaustion is avoided is tested in "
        "Cameron 2019.",
    ),
    Cited(
        study="Cameron 2019",
        about="People avoid empathy as effort, less if they are good at it.",
        claims=("exhaustion", "efficacy"),
        note="Cited by the review as a preprint.",
    ),
    Cited(
        study="Cikara 2011",
        about="A rival's failure pleases and engages the striatum; the own team's hurts.",
        claims=(
            "rival-failure-pleases",
            "rival-failure-striatum",
            "own-failure-insula",
            "own-failure-cingulate",
        ),
    ),
    Cited(
        study="Cikara 2014",
        about="Competition yields less empathy and more pleasure in pain.",
        claims=(
            "rivals-get-less-empathy",
            "rival-misfortune-pleases",
            "rival-luck-displeases",
            "antipathy-over-love",
            "loose-groups-lower-bias",
        ),
        note="That falling behind does not weaken it is not claimed: it is no feature of the model.",
    ),
    Cited(
        study="Xu 2009",
        about="Pain of the own race engages the anterior cingulate more.",
        claims=("in-group-pain-cingulate",),
        note="Tested in the design of Hein 2010; race is group membership in the model. Evidence "
        "against it: Contreras-Huerta 2013, a counter of the same claim.",
    ),
    Cited(
        study="Sheng 2014",
        about="Attending to pain rather than race restores the answer to other-race pain.",
        claims=("judging-pain-restores-insula", "judging-pain-restores-cingulate"),
        note="Judging pain is the feature goal: a request that is followed.",
    ),
    Cited(
        study="Hein 2010",
        about="Own fans' pain is felt more and they are helped more.",
        claims=("in-group-pain-is-felt", "in-group-pain-insula", "in-group-help"),
    ),
    Cited(
        study="Hackel 2017",
        about="Identification decides whose gains are rewarding.",
        claims=("in-group-gains-striatum", "identification-striatum", "identification-points"),
    ),
    Cited(
        study="Singer 2006",
        about="Those who were kind are empathized with; unfair players' pain pleases men.",
        claims=("fairness-insula", "fairness-insula-women", "revenge"),
    ),
    Cited(
        study="Fareri 2012",
        about="Winning with a friend is more rewarding, the more so the closer.",
        claims=("friends-win-striatum", "computer-wins-striatum", "closeness-excitement"),
        note="Closeness is what people report, and a shared win costs the half that the partner gets: "
        "our choices, without which 20 people are too few.",
    ),
    Cited(
        study="Krienen 2010",
        about="Closeness, not similarity, engages the medial prefrontal cortex.",
        claims=("friends-are-thought-of", "closeness-over-similarity"),
    ),
    Cited(
        study="Morelli 2015",
        about="Sharing others' joy is itself a reason to empathize.",
        note="No claim: a review. Its motive is the parameter 'positive' of the model; joy that is "
        "shared in the striatum is tested in Fareri 2012 and Hackel 2017.",
    ),
    Cited(
        study="Pickett 2004",
        about="Those with a need to belong read others better.",
        note="No claim: neither correlations nor numbers of people could be read, and in the model "
        "the trait 'need to belong' acts by how close a target is, which the voices and faces of "
        "strangers are not.",
    ),
    Cited(
        study="Klein & Hodges 2001",
        about="Pay, and the wish to look good, make people more accurate.",
        claims=("pay", "women-wish-to-be-good"),
    ),
    Cited(
        study="Thomas & Maio 2008",
        about="A wish to fit one's gender helps, with easy targets.",
        claims=("women-wish-to-be-good",),
        note="The wish is the feature desirability. That it helps only with easy targets is not "
        "claimed: how hard a target is to read is not a feature of the model.",
    ),
    Cited(
        study="Olsson 2016",
        about="Enhanced empathy, and trait empathy, make people learn more from others' pain.",
        claims=("enhanced-empathy-learns-fear", "trait-empathy-learns-fear"),
    ),
    Cited(
        study="Hein 2016 Science",
        about="Motives behind the same giving differ in connectivity.",
        claims=("empathy-induced-giving", "reciprocity-induced-giving", "both-motives-giving"),
        note="Giving is claimed, against that to the same partner before: against a control partner, "
        "with effects as in real trials (d_z .42 for empathy, .22 for reciprocity), 17 a group are "
        "too few, and even so induction and stakes must be strong. Effective connectivity "
        "(ACC to AI; AI to ACC and to VS) is told from fitted networks: empatune motives.",
    ),
    Cited(
        study="Hein 2016 PNAS",
        about="Help from the out-group surprises, and empathy for others of it grows.",
        claims=("help-surprises-insula", "help-generalizes", "help-generalizes-insula"),
        note="Growth is taken against that for the own group's pain, since pain leaves moods behind: "
        "without that, 20 people a group are too few to find it.",
    ),
    Cited(
        study="Klimecki 2013; 2014 (one entry, printed twice)",
        about="Empathy training hurts, compassion training warms.",
        claims=(
            "empathy-training-hurts",
            "empathy-training-insula",
            "compassion-training-warms",
            "compassion-training-relieves",
            "compassion-training-ofc",
        ),
    ),
    Cited(
        study="Valk 2017",
        about="Months of training change cortex by what is trained.",
        claims=(
            "affect-module-compassion",
            "affect-module-cortex",
            "perspective-module-cortex",
        ),
        note="The review names other regions, and volume; claimed is what the study reports.",
    ),
    Cited(
        study="Krishnan 2016",
        about="Own and seen pain have different patterns.",
        claims=("sharing-of-pain",),
        note="The patterns themselves are tested on real maps (docs/results/specificity.md), not simulated.",
    ),
    Cited(
        study="Ashar 2017",
        about="Care and distress have patterns that foretell giving.",
        claims=("donation-follows-concern",),
        note="The patterns themselves are tested on real maps (docs/results/specificity.md), not simulated.",
    ),
    Cited(
        study="Weisz & Zaki 2018, the review itself",
        about="Signatures could be fed back so that people tune their empathy.",
        claims=("feedback-tunes-care",),
        note="Untested in people.",
    ),
)
"""Studies in the order of the review's sections."""


def about(cited: Cited) -> tuple[Claim, ...]:
    """Return the claims of a cited study.

    Parameters
    ----------
    cited : Cited
        The study.

    Returns
    -------
    tuple of Claim
        In the order of the catalogue.
    """
    return tuple(claim for claim in CLAIMS if claim.name in cited.claims)
