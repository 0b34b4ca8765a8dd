"""The command line: one file a command, each a thin shell over a room."""

from __future__ import annotations

import difflib
import importlib
import logging
import sys
from typing import Any, NoReturn

import click

from empatune import __version__
from empatune.errors import EmpatuneError, UsageError

COMMANDS = {
    "demo": "A closed-loop session with a simulated participant, pages and report.",
    "session": "Run a neurofeedback session from a scanner, a folder, a file or a simulation.",
    "scanner": "Play a stored series as a scanner would, for rehearsals.",
    "prepare": "Bring signatures and component systems to a participant's brain.",
    "allocate": "Allocate participants to feedback or sham, sealed until a session ends.",
    "train": "Train a signature on maps, validate it and write its model card.",
    "localizer": "Train a decoder of one person on a localizer run, for their feedback session.",
    "replay": "Recompute a session from its raw volumes and compare to the bit.",
    "export": "Write a session as BIDS, raw and derivatives.",
    "report": "Write a session's report as one HTML file.",
    "signatures": "List, show and fetch published signatures.",
    "systems": "Component systems of Figure 1: regions, masks, signals, evidence, picture.",
    "express": "Score images on signatures: dot product, cosine, correlation, coverage.",
    "decode": "Decode a study: trial by trial on signatures, then over people.",
    "connectivity": "Connections between regions: fit networks, compare them, over people.",
    "paradigms": "Experiments as designs: list, show, check, draw events, preview.",
    "claims": "Findings of the review: list, show, check by simulation, report.",
    "power": "How many people a study of a claim needs, by simulation.",
    "simulate": "Simulate a paradigm: people, their answers and their brains, as BIDS.",
    "models": "Models of behaviour: list, show.",
    "fit": "Fit a model of behaviour to people's trials.",
    "compare": "Compare models of behaviour on the same trials.",
    "recover": "Do trials tell a model's parameters, and models from each other?",
    "motives": "Motives from connections of ACC, AI and VS: network, classifiers.",
    "doctor": "Tell what is installed, found and missing.",
}
"""Every command with its summary; each lives in the module of its name."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in COMMANDS:
            close = difflib.get_close_matches(cmd_name, COMMANDS, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise UsageError(f"There is no command '{cmd_name}'.{hint} See: empatune --help")
        module = importlib.import_module(f"empatune.cli.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="empatune")
def empatune() -> None:
    """Decode, model and tune motivated empathy.

    Start with: empatune demo
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with 0 (done), 1 (failed) or 2 (wrong call).

    Parameters
    ----------
    arguments : list of str, optional
        Words after the program's name; those of the process if not given.
    """
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : list of str, optional
        Words after the program's name; those of the process if not given.

    Returns
    -------
    int
        0 done, 1 failed, 2 wrong call.
    """
    try:
        result: Any = empatune.main(args=arguments, prog_name="empatune", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        return 1
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except UsageError as problem:
        click.echo(f"empatune: {problem}", err=True)
        return 2
    except EmpatuneError as problem:
        click.echo(f"empatune: {problem}", err=True)
        return 1
    return result if isinstance(result, int) else 0
