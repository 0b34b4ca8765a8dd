"""What ``fit``, ``compare`` and ``recover`` read: trials, people, sessions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from empatune.cli.behaviour_naming import Words
from empatune.errors import BehaviourError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from empatune.behaviour.fitting import Design
    from empatune.behaviour.model import Model
    from empatune.behaviour.trials import Naming, Trials

PEOPLE = ("participant", "participant_id")
"""Names under which a table of people may tell them apart."""


def read_table(path: Path, *people: str) -> pd.DataFrame:
    """
    Read a table: values between commas, semicolons or tabs.

    Parameters
    ----------
    path : Path
        The file.
    *people : str
        Columns that may tell people apart: they are read as text, so that 001 stays 001.

    Returns
    -------
    pandas.DataFrame
        The table.

    Raises
    ------
    UsageError
        If there is no such file.
    BehaviourError
        If it cannot be read as a table.
    """
    import pandas as pd

    if not path.is_file():
        raise UsageError(f"{path} is not there. Give a table of values, .csv or .tsv.")
    try:
        with path.open(encoding="utf-8-sig") as file:
            head = file.readline()
        between = max("\t,;", key=head.count)
        table: pd.DataFrame = pd.read_csv(
            path, sep=between, dtype=dict.fromkeys(people, str), encoding="utf-8-sig"
        )
    except (ValueError, UnicodeError) as problem:
        raise BehaviourError(
            f"{path} cannot be read as a table: {str(problem).strip()}. Save it as .csv or .tsv in "
            f"UTF-8, a row a trial, names of columns in the first row."
        ) from None
    return table


def read_design(path: Path | None, covariates: str, person: str) -> Design | None:
    """
    Read covariates of people.

    Parameters
    ----------
    path : Path or None
        The table of people.
    covariates : str
        Columns, between commas.
    person : str
        The table's own name of the column that tells people apart, if it has it.

    Returns
    -------
    Design or None
        Regressors; None without covariates.

    Raises
    ------
    UsageError
        If one of the two is missing.
    """
    from empatune.behaviour.fitting import design_of

    names = [name.strip() for name in covariates.split(",") if name.strip()]
    if not names and path is None:
        return None
    if path is None or not names:
        raise UsageError("Covariates need a table and its columns: --people FILE --covariates age.")
    table = read_table(path, person, *PEOPLE)
    key = next((name for name in (person, *PEOPLE) if name in table.columns), person)
    return design_of(table, names, person=key)


def by_sessions(model: Model, table: pd.DataFrame, naming: Naming) -> Model:
    """
    Give each session of a table parameters of its own.

    Parameters
    ----------
    model : Model
        The model.
    table : pandas.DataFrame
        Trials.
    naming : Naming
        Its names.

    Returns
    -------
    Model
        The model with each parameter once a session.

    Raises
    ------
    UsageError
        If the table has not got two sessions.
    """
    from empatune.behaviour.trials import label_of
    from empatune.behaviour.variation import by_session

    name = naming.of("session")
    if name not in table.columns:
        raise UsageError(
            f"--by-session needs a column {name}. The table has: "
            f"{', '.join(map(str, table.columns))}. Say which is yours (--columns session=YOURS)."
        )
    own = naming.labels.get("session", {})
    given = [label_of(one) for one in table[name].dropna()]
    sessions = sorted({own.get(word, word) for word in given})
    if len(sessions) < 2:
        raise UsageError(
            f"--by-session needs two sessions; column {name} holds {', '.join(sessions) or 'none'}."
        )
    return by_session(model, sessions)


def read_trials(path: Path, models: Sequence[Model], words: Words) -> list[Trials]:
    """
    Read the trials that each of some models needs from one table.

    Parameters
    ----------
    path : Path
        The table.
    models : sequence of Model
        The models.
    words : Words
        How the table is named.

    Returns
    -------
    list of Trials
        One a model.
    """
    from empatune.behaviour.trials import PERSON, trials_of

    naming = words.naming(models)
    table = read_table(path, naming.of(PERSON))
    return [trials_of(table, model, naming=naming) for model in models]


def check_people(trials: Trials, method: str) -> None:
    """
    Refuse to learn a group from one person, with what to do instead.

    Parameters
    ----------
    trials : Trials
        The trials.
    method : str
        How they shall be fitted.

    Raises
    ------
    UsageError
        If there is one person, and the method learns people from their group.
    """
    if method in ("eb", "nuts") and trials.n_people < 2:
        raise UsageError(
            f"There is one participant ({trials.people[0]}), and --method {method} learns people "
            f"from their group. Fit one person with --method map (or ml)."
        )
