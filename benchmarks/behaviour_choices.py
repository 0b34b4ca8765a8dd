"""How choices of real people become tidy tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from behaviour_records import LeftOut, Tables, order_of, people_of, spread, stretches

RECIPIENTS = {1: "self", 2: "other", 3: "none"}
MOTIVES = {
    "control": "control",
    "empathy": "empathy",
    "reciprocity": "reciprocity",
    "multi-motive": "multi",
}
PLANNED = 38
"""Decisions of a person for each motive."""

A_RUN = 36
"""Investments of a whole run."""


def motives(path: Path) -> Tables:
    """Read 38 decisions for each of four partners, two partners in each half (`session`)."""
    given = pd.read_csv(path / "hein_motives" / "data_all_trials.csv")
    half = given.groupby("ID")["trialno"].transform(lambda trial: (trial.diff() < 0).cumsum())
    trials = pd.DataFrame(
        {
            "participant": given["ID"].astype(str),
            "session": half + 1,
            "trial": given["trialno"],
            "condition": given["condition"].map(MOTIVES),
            "cost": given["self_poss_loss"],
            "gain": given["other_poss_gain"],
            "choice": given["resp_code"],
            "rt": given["rt"] / 1000,
        }
    )
    traits = pd.read_csv(path / "hein_motives" / "prosocial_decisions_sepcific_traits.csv")
    rated = pd.read_csv(path / "hein_motives" / "induction.csv")
    people = pd.concat(
        [
            spread(traits, "ID", "trait_measure_type", "trait_measure_value").add_prefix("trait_"),
            spread(rated, "subjectID", "cond_type", "rating").add_prefix("induction_"),
        ],
        axis=1,
    )
    cells = trials.groupby(["participant", "condition"]).size()
    missed = LeftOut(what="decisions without an answer", n_trials=int((PLANNED - cells).sum()))
    return Tables(trials=trials, participants=people_of(people), left_out=(missed,))


def effort(path: Path) -> Tables:
    """Read offers: levels of effort and reward from 2 to 6, against rest for a reward of 1."""
    given = pd.read_csv(path / "prosocial_effort_fmri" / "trials.csv")
    trials = pd.DataFrame(
        {
            "participant": given["ID"].astype(str),
            "trial": given.groupby("ID").cumcount() + 1,
            "recipient": given["Recipient"].map(RECIPIENTS),
            "effort": given["Effort"],
            "reward": given["Reward"],
            "choice": given["chosen"].where(given["chosen"] != 2),
            "success": given["Success"],
            "force": given["Force_norm"],
        }
    )
    people = pd.read_csv(path / "prosocial_effort_fmri" / "participants_roi.csv").set_index("ID")
    people = people.rename(
        columns={
            "scanningID": "code",
            "QCAE_CE": "qcae_cognitive",
            "QCAE_AE": "qcae_affective",
        }
    )
    return Tables(trials=trials, participants=people_of(people))


def learning(path: Path) -> Tables:
    """Read nine blocks of 16 trials, each with new cues for one recipient; 1 is the better one."""
    given = pd.read_csv(path / "pl_ageing" / "trials.csv")
    cell = given["block"].astype(str) + given["agent"].astype(str)
    better = _schedule(given)
    trials = pd.DataFrame(
        {
            "participant": given["subject"].astype(str),
            "block": stretches(given["subject"], cell),
            "trial": given["trialno"],
            "run": given["block"],
            "recipient": given["agent"].map(RECIPIENTS),
            "choice": given["choice"],
            "outcome": given["outcome"],
            "outcome_1": better,
            "outcome_0": 1 - better,
            "rt": given["RT"] / 1000,
        }
    )
    people = pd.read_csv(path / "pl_ageing" / "participants.csv").set_index("subject")
    people = people.rename(
        columns={
            "ID_Code": "code",
            "Age": "age",
            "SRP_lifestyle_antisocial": "srp_antisocial",
            "SRP_affective_interpersonal": "srp_affective",
            "SRP_total": "srp_total",
            "WTAR_Standard": "wtar",
            "ACE_(Attention/18)'": "ace_attention",
            "ACE_(Memory/26)'": "ace_memory",
        }
    )
    people["group"] = people.pop("Group").map({1: "young", 2: "older"})
    return Tables(trials=trials, participants=people_of(people))


def _schedule(given: pd.DataFrame) -> pd.Series:
    """Find what the better option held in each trial; the worse one held the opposite.

    Orders were fixed, two for each recipient, each with 12 rewards in 16: where a person missed a
    trial, those tell whose other trials for this recipient were the same.
    """
    seen = given["outcome"].where(given["choice"] == 1, 1 - given["outcome"])
    filled = []
    for _, one in given.assign(seen=seen).groupby("agent"):
        orders = one.pivot(index="subject", columns=["block", "trialno"], values="seen")
        held = orders.to_numpy()
        alike = np.nansum(np.abs(held[:, None] - held), axis=2) == 0
        orders[:] = np.array([np.nanmean(held[same], axis=0) for same in alike])
        places = pd.MultiIndex.from_frame(one[["subject", "block", "trialno"]])
        filled.append(orders.stack(["block", "trialno"]).reindex(places).set_axis(one.index))
    return pd.concat(filled).reindex(given.index)


def selection(path: Path) -> Tables:
    """Read three pilots; in 3 and 5a praise varies within a person, in 1 there is none."""
    given = pd.read_csv(path / "est_praise" / "est_pilot_trials.csv")
    silent = given.groupby("subject")["choice_feel"].transform("count") == 0
    kept = given[~silent]
    trials = pd.DataFrame(
        {
            "participant": kept["subject"],
            "trial": kept["trial"],
            "condition": kept["study"],
            "praise": kept["praise"],
            "target_race": kept["target_race"],
            "target_emotion": kept["target_emotion"],
            "choice": kept["choice_feel"],
        }
    )
    named = [name for name in kept if name.startswith(("base_", "happy_"))]
    people = kept.groupby("subject")[named].first().join(_load(path))
    left = LeftOut(
        what="people without any choice",
        n_people=int(given["subject"][silent].nunique()),
        n_trials=int(silent.sum()),
    )
    return Tables(trials=trials, participants=people_of(people), left_out=(left,))


def _load(path: Path) -> pd.DataFrame:
    """Read how much more of each feeling asked than describing (pilot 1; scales of 1 to 5)."""
    given = pd.read_csv(path / "est_praise" / "est_pilot1_taskload.csv").set_index("subject")
    felt = given.filter(like="feel_").rename(columns=lambda name: name.removeprefix("feel_"))
    told = given.filter(like="describe_").rename(columns=lambda n: n.removeprefix("describe_"))
    more = felt - told
    return pd.DataFrame(
        {
            "effort": more[["demanding", "hard"]].mean(axis=1, skipna=False),
            "aversion": more["insecure"],
            "efficacy": more["successful"],
        }
    )


def trust(path: Path) -> Tables:
    """Read investments: 1 is the higher of two; no outcome where nothing was invested."""
    given = pd.read_csv(path / "srndna_trust" / "trust_trials.csv")
    trials = pd.DataFrame(
        {
            "participant": given["subject"],
            "session": given["run"],
            "trial": given["trial"],
            "partner": given["partner"],
            "low": given["cLow"],
            "high": given["cHigh"],
            "choice": given["choice"].map({"high": 1, "low": 0}),
            "invested": given["invest"],
            "outcome": given["outcome"].map({"recip": 1, "defect": 0}),
            "rt": given["rt"],
        }
    )
    people = pd.read_csv(path / "srndna_trust" / "participants.tsv", sep="\t")
    people = people.set_index("participant_id").drop(columns="group").reindex(order_of(trials))
    runs = trials.groupby(["participant", "session"]).size()
    missed = LeftOut(
        what="of 36 investments a run, those without an answer",
        n_trials=int((A_RUN - runs).sum()),
    )
    return Tables(trials=trials, participants=people_of(people), left_out=(missed,))


def avoidance(path: Path) -> Tables:
    """Read choices: 1 is the option in conflict, 0 the safe one, which never punishes.

    Probabilities were planned for 200 trials. The file has 201 of most people; the last earned
    nothing for anybody, and no later choice can depend on it.
    """
    given = pd.read_csv(path / "approach_avoid_rl" / "test_retest_data.csv")
    walks = pd.read_csv(path / "approach_avoid_rl" / "random_walks.csv")
    given = given.merge(walks, on=["walk", "trial"], how="left", validate="many_to_one")
    trials = pd.DataFrame(
        {
            "participant": given["subject_nr"].astype(str),
            "session": given["session"],
            "trial": given["trial"],
            "choice": (given["choice"] == 1).astype(int),
            "reward": given["reward"],
            "punish": given["punish"],
            "p_reward_conflict": given["rew_conf"].clip(0, 1),
            "p_reward_safe": given["rew_safe"].clip(0, 1),
            "p_punish_conflict": given["pun_conf"].clip(0, 1),
            "rt": given["rt"] / 1000,
        }
    )
    people = spread(given, "subject_nr", "session", "anxiety").add_prefix("anxiety_")
    last = trials.groupby(["participant", "session"])["trial"].max()
    missed = LeftOut(
        what="numbers of trials that the file jumps over",
        n_trials=int(last.sum()) - len(trials),
    )
    return Tables(trials=trials, participants=people_of(people), left_out=(missed,))
