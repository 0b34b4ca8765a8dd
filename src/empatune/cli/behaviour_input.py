"""What ``fit``, ``compare`` and ``recover`` are given: trials, people, names of columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from empatune.errors import BehaviourError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from empatune.behaviour.fitting import Design
    from empatune.behaviour.model import Model
    from empatune.behaviour.trials import Naming, Trials

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(path_type=Path)
PEOPLE = ("participant", "participant_id")
"""Names under which a table of people may tell them apart."""

_NAMING = (
    click.option(
        "--columns",
        multiple=True,
        metavar="OURS=YOURS,...",
        help="Your names of columns, such as participant=subject,choice=chosen.",
    ),
    click.option(
        "--labels",
        multiple=True,
        metavar="COLUMN:YOURS=OURS,...",
        help="Your labels of a column, such as recipient:1=self,2=other,3=none.",
    ),
    click.option(
        "--scale",
        multiple=True,
        metavar="COLUMN=FACTOR,...",
        help="What numbers are multiplied by: rt=0.001 for milliseconds.",
    ),
)

_FITTING = (
    click.option(
        "--starts",
        type=click.IntRange(1, 1000),
        help="Starts of each search; 8 if people are fitted alone, 4 in a group.",
    ),
    click.option("--seed", type=int, default=0, show_default=True, help="Of starts and samples."),
    click.option(
        "--chains", type=click.IntRange(1, 64), default=2, show_default=True, help="Chains (nuts)."
    ),
    click.option(
        "--warmup",
        type=click.IntRange(1),
        default=500,
        show_default=True,
        help="Iterations before samples are kept (nuts).",
    ),
    click.option(
        "--draws",
        type=click.IntRange(1),
        default=500,
        show_default=True,
        help="Samples that each chain keeps (nuts).",
    ),
)

Command = Callable[..., Any]


def naming_options(command: Command) -> Command:
    """
    Give a command the options that say how a table is named.

    Parameters
    ----------
    command : callable
        The command.

    Returns
    -------
    callable
        The command with the options.
    """
    for option in reversed(_NAMING):
        command = option(command)
    return command


def fitting_options(command: Command) -> Command:
    """
    Give a command the options that say how long and from where to search.

    Parameters
    ----------
    command : callable
        The command.

    Returns
    -------
    callable
        The command with the options.
    """
    for option in reversed(_FITTING):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What was said about a table, as it was said.

    Attributes
    ----------
    columns, labels, scale : tuple of str
        The options.
    """

    columns: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    scale: tuple[str, ...] = ()

    def naming(self, models: Sequence[Model]) -> Naming:
        """
        Understand what was said.

        Parameters
        ----------
        models : sequence of Model
            The models whose columns may be named.

        Returns
        -------
        Naming
            Names, labels, units.

        Raises
        ------
        UsageError
            If it cannot be understood, or names what no model has.
        """
        from empatune.behaviour.trials import ORDER, PERSON, Naming

        known = [PERSON, ORDER, "session", *(name for one in models for name in one.needed)]
        known = list(dict.fromkeys(known))
        either = [f"{name}_{choice}" for name in known for choice in (0, 1)]
        columns = dict(_pairs(self.columns, "--columns"))
        scale = {name: _factor(name, by) for name, by in _pairs(self.scale, "--scale")}
        labels: dict[str, dict[str, str]] = {}
        for word in self.labels:
            name, colon, rest = word.partition(":")
            if not colon:
                raise UsageError(
                    f"--labels {word} names no column. Write COLUMN:YOURS=OURS, such as "
                    f"recipient:1=self,2=other."
                )
            labels.setdefault(name.strip(), {}).update(_pairs((rest,), "--labels"))
        for option, names in (("--columns", columns), ("--scale", scale), ("--labels", labels)):
            unknown = [name for name in names if name not in (*known, *either)]
            if unknown:
                raise UsageError(
                    f"{option} names {', '.join(unknown)}, which "
                    f"{', '.join(one.name for one in models)} does not have. Columns: "
                    f"{', '.join(known)}."
                )
        return Naming(columns=columns, labels=labels, scale=scale)


def read_table(path: Path, person: str) -> pd.DataFrame:
    """
    Read a table: values between commas, semicolons or tabs.

    Parameters
    ----------
    path : Path
        The file.
    person : str
        The column that tells people apart: it is read as text, so that 001 stays 001.

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
            path, sep=between, dtype={person: str}, encoding="utf-8-sig"
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
    header = read_table(path, person).columns
    key = next((name for name in (person, *PEOPLE) if name in header), person)
    return design_of(read_table(path, key), names, person=key)


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
        raise UsageError(f"--by-session needs two sessions; column {name} holds one: {sessions}.")
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


def check_folder(out: Path) -> Path:
    """
    Refuse a folder that cannot be one, before anything is computed.

    Parameters
    ----------
    out : Path
        Where results shall go.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        If a file of that name is there.
    """
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file. Give a folder; it is made if it is not there.")
    return out


def _pairs(words: Sequence[str], option: str) -> list[tuple[str, str]]:
    """Take ``a=b,c=d`` apart."""
    found = []
    for part in (part for word in words for part in word.split(",") if part.strip()):
        left, equals, right = part.partition("=")
        if not (left.strip() and equals and right.strip()):
            raise UsageError(f"{option}: '{part}' is not NAME=VALUE.")
        found.append((left.strip(), right.strip()))
    return found


def _factor(name: str, word: str) -> float:
    """Read a factor."""
    try:
        return float(word)
    except ValueError:
        raise UsageError(f"--scale {name}={word}: '{word}' is no number.") from None
