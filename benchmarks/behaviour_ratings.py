"""How ratings and repeated measures of real people become tidy tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from behaviour_records import LeftOut, Tables, order_of, people_of, stretches


def closeness(path: Path) -> Tables:
    """Read four blocks of 25 ratings; phase 2 of the treatment is extinction.

    Type 1 is pain: 20 of 25 trials of acquisition, 5 of 25 of extinction, and rated as worse.
    """
    given = pd.read_csv(path / "hein_closeness" / "behavior_fMRI_long.csv")
    raw = pd.read_csv(path / "hein_closeness" / "closeness_fMRI.csv").replace(
        {"condition": {"decay": "treatment"}, "block_no": {2: "block 1", 4: "block 2"}}
    )
    keys = ["id", "condition", "block_no", "trial_no"]
    given = given.drop(columns="closeness").merge(raw, on=keys, validate="one_to_one")
    person = given["id"].str.removeprefix("saulin_01_vp_")
    cell = given["condition"] + given["block_no"]
    trials = pd.DataFrame(
        {
            "participant": person,
            "block": stretches(person, cell),
            "trial": given["trial_no"],
            "condition": given["condition"],
            "phase": given["block_no"].str[-1].astype(int),
            "pain": (given["trial_type"] == 1).astype(int),
            "rating": 100 - given["closeness"],
            "emotion": given["emotion_rating"],
            "rt": given["rt"] / 1000,
        }
    )
    people = given.assign(participant=person).groupby("participant")[["EC", "PT"]].first()
    people = people.rename(columns={"EC": "empathic_concern", "PT": "perspective_taking"})
    return Tables(trials=trials, participants=people_of(people))


def seen_pain(path: Path) -> Tables:
    """Read how unpleasant pictures of hands in pain or not were, 0 to 100, in two sessions."""
    given = pd.read_csv(path / "sleepybrain" / "hands_pain_ratings.csv")
    twice = given.duplicated(["participant_id", "session", "trial_number"])
    kept = given[~twice]
    trials = pd.DataFrame(
        {
            "participant": kept["participant_id"],
            "session": kept["session"],
            "trial": kept["trial_number"] + 1,
            "condition": kept["condition"].map({"Pain": "pain", "No_Pain": "no_pain"}),
            "picture": kept["picture_number"].astype(int),
            "rating": kept["unpleasantness_rating"],
            "rt": kept["response_time"],
        }
    )
    left = LeftOut(what="a trial that is there twice", n_trials=int(twice.sum()))
    return Tables(trials=trials, participants=_sleepers(path, trials), left_out=(left,))


def regulation(path: Path) -> Tables:
    """Read how well people kept, raised or lowered their feelings, 0 to 8, in two sessions."""
    given = pd.read_csv(path / "sleepybrain" / "arrows_regulation_ratings.csv")
    cue = given["cue_to_participant"].str.lower()
    neutral = (cue == "maintain") & (given["stimulus_type"] == 4)
    trials = pd.DataFrame(
        {
            "participant": given["participant_id"],
            "session": given["session"],
            "trial": given["trial_number"] + 1,
            "condition": cue.mask(neutral, "maintain_neutral"),
            "picture": given["picture"],
            "rating": given["rated_success_of_regulation"],
        }
    )
    return Tables(trials=trials, participants=_sleepers(path, trials))


def _sleepers(path: Path, trials: pd.DataFrame) -> pd.DataFrame:
    people = pd.read_csv(path / "sleepybrain" / "participants.csv").set_index("participant_id")
    people = people.rename(columns=str.lower).rename(columns={"sl_cond": "sleep_order"})
    return people_of(people.loc[order_of(trials)])


def kindness(path: Path) -> Tables:
    """Read measures of a person at up to three times (`session`); there are no trials."""
    given = pd.read_csv(path / "lkm_loneliness" / "fullSample_all_long.csv", low_memory=False)
    measures = {
        "loneliness_mean": "loneliness",
        "socialConnectedness_mean": "connectedness",
        "traitEmpathyIRI_EC_mean": "empathic_concern",
        "traitEmpathyIRI_PT_mean": "perspective_taking",
        "traitEmpathyIRI_PD_mean": "personal_distress",
        "traitEmpathyIRI_fant_mean": "fantasy",
        "inclusionOtherSelf_mean": "inclusion_of_other",
        "wellbeing_mean": "wellbeing",
    }
    trials = pd.DataFrame(
        {"participant": given["SubID"].astype(str), "session": given["time"]}
        | {ours: given[theirs] for theirs, ours in measures.items()}
    )
    people = given.groupby("SubID")[["GroupID", "age", "Female", "medPercentageCompleted"]].first()
    people.columns = pd.Index(["group", "age", "female", "practice_percent"])
    gone = LeftOut(
        what="nothing measured at that time",
        n_trials=int(trials["loneliness"].isna().sum()),
    )
    trials = trials[trials["loneliness"].notna()]
    return Tables(trials=trials, participants=people_of(people), left_out=(gone,))
