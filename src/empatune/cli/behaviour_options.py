"""What ``fit``, ``compare`` and ``recover`` are asked alike: options, and the record of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from empatune.cli.behaviour_naming import Words
from empatune.errors import UsageError
from empatune.typing import JsonObject

if TYPE_CHECKING:
    from empatune.behaviour.fitting import Design, FitSettings, Method

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(path_type=Path)

Command = Callable[..., Any]

_METHODS = "Empirical Bayes; full sampling; each alone with a prior, or without."

_NAMING = (
    click.option("--out", required=True, type=FOLDER, help="Folder for tables and page."),
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
        help="Your labels of a column, yours first: recipient:1=self,2=other,3=none or "
        "choice:left=0,right=1. Again for another column.",
    ),
    click.option(
        "--scale",
        multiple=True,
        metavar="COLUMN=FACTOR,...",
        help="What numbers are multiplied by: rt=0.001 for milliseconds, rating=0.01 for ratings "
        "up to 100.",
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
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked, whatever is made of it.

    Attributes
    ----------
    trials : Path
        The table of trials.
    out : Path
        Where results go.
    words : Words
        How the table is named.
    method : str
        How models are fitted.
    starts : int or None
        Starts of each search.
    seed, chains, warmup, draws : int
        Of starts and samples; the latter three of full sampling.
    as_json : bool
        Whether a program reads the result.
    """

    trials: Path
    out: Path
    words: Words
    method: Method
    starts: int | None
    seed: int
    chains: int
    warmup: int
    draws: int
    as_json: bool

    def __post_init__(self) -> None:
        """Refuse a folder that cannot be one, before anything is computed."""
        if self.out.exists() and not self.out.is_dir():
            raise UsageError(
                f"--out {self.out} is a file. Give a folder; it is made if it is not there."
            )

    def settings(self, *, design: Design | None = None, correlated: bool = False) -> FitSettings:
        """
        Say how models are fitted.

        Parameters
        ----------
        design : Design, optional
            Covariates.
        correlated : bool
            Whether parameters may correlate over people.

        Returns
        -------
        FitSettings
            The settings.
        """
        from empatune.behaviour.fitting import FitSettings

        return FitSettings(
            design=design,
            correlated=correlated,
            n_starts=self.starts,
            n_chains=self.chains,
            n_warmup=self.warmup,
            n_draws=self.draws,
            seed=self.seed,
        )

    def facts(self) -> JsonObject:
        """
        Give what a record should keep of it.

        Returns
        -------
        dict
            What was asked, by the names of the options.
        """
        kept: JsonObject = {
            "trials": str(self.trials),
            "columns": list(self.words.columns),
            "labels": list(self.words.labels),
            "scale": list(self.words.scale),
            "method": self.method,
            "starts": self.starts,
            "seed": self.seed,
        }
        if self.method == "nuts":
            kept |= {"chains": self.chains, "warmup": self.warmup, "draws": self.draws}
        return kept


def ask_about_trials(*, method_help: str = _METHODS) -> Callable[[Command], Command]:
    """
    Give a command the options that come first, and hand it everything as one record, ``asked``.

    Parameters
    ----------
    method_help : str
        What ``--method`` says.

    Returns
    -------
    callable
        The decorator; `ask_about_fitting` goes below it.
    """
    method = click.option(
        "--method",
        type=click.Choice(["eb", "nuts", "map", "ml"]),
        default="eb",
        show_default=True,
        help=method_help,
    )

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def gathered(*args: Any, **options: Any) -> Any:
            words = Words(**{name: options.pop(name) for name in ("columns", "labels", "scale")})
            shared = {name: options.pop(name) for name in Asked.__slots__ if name != "words"}
            return command(*args, asked=Asked(words=words, **shared), **options)

        for option in reversed((*_NAMING, method)):
            gathered = option(gathered)
        return gathered

    return decorate


def ask_about_fitting(command: Command) -> Command:
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
