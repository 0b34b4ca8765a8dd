"""``empatune models``: the catalogue of models of behaviour."""

from __future__ import annotations

import json
import math
import shlex
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from empatune.cli.behaviour_models import find
from empatune.cli.listing import WholeGroup, aligned
from empatune.cli.models_modulators import modulators
from empatune.typing import JsonObject, JsonValue

if TYPE_CHECKING:
    from empatune.behaviour.columns import Column
    from empatune.behaviour.model import Model
    from empatune.behaviour.parameters import Parameter

_WIDTH = 100


@click.group(cls=WholeGroup)
def models() -> None:
    """List and show models of behaviour, put what they say of trials beside events; all take --json.

    Example: empatune models show learning-rates
    """


models.add_command(modulators)


@models.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def list_models(*, as_json: bool) -> None:
    """List the catalogue: name, response, number of parameters, what it says.

    Example: empatune models list
    """
    from empatune.behaviour.catalogue import MODELS

    if as_json:
        click.echo(json.dumps([_described(model) for model in MODELS]))
        return
    rows = [
        (model.name, model.response.name, str(len(model.parameters)), model.summary)
        for model in MODELS
    ]
    click.echo("\n".join(aligned([("model", "response", "parameters", "what it says"), *rows])))


@models.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def show(name: str, *, as_json: bool) -> None:
    """Show the model NAME, or your own (FILE.py:NAME): equations, parameters, columns, source.

    Example: empatune models show learning-rates
    """
    model = find(name)
    click.echo(json.dumps(_described(model)) if as_json else _text(model, name))


def _text(model: Model, given: str) -> str:
    """Tell a model; the example names it as it was named here."""
    from empatune.behaviour.notation import readable

    lines = [f"{model.name}: {model.summary}", ""]
    if model.equations:
        lines += [*(f"    {line}" for line in readable(model.equations).splitlines()), ""]
    lines.append("Parameters")
    rows = [
        (one.name, one.unit, _bounds(one), f"{one.typical:g} ({_likely(one)})", one.summary)
        for one in model.parameters
    ]
    lines += _columns(("", "unit", "bounds", "typical (two thirds)", ""), rows)
    lines += ["", f"Columns of a table of trials (response: {model.response.name})"]
    every = [
        ("participant", "", "needed", "who"),
        ("trial", "", "optional", "its number: tells trials that are there twice or out of order"),
    ]
    every += [_column(one, response=True) for one in model.response.columns]
    every += [_column(one) for one in model.columns]
    lines += _columns(("", "unit", "", ""), every)
    if model.restart:
        lines += ["", f"Begins anew where {' or '.join(model.restart)} changes."]
    if model.doi:
        lines += ["", f"Source: https://doi.org/{model.doi}"]
    return "\n".join(
        [*lines, "", f"Example: empatune fit {shlex.quote(given)} trials.csv --out fit"]
    )


def _columns(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Set rows below each other; the last cell is wrapped."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head) - 1)]
    lines = []
    for row in (head, *rows):
        start = "  " + "".join(
            f"{cell:{width}}  " for cell, width in zip(row, widths, strict=False) if width
        )
        wrapped = textwrap.wrap(row[-1], max(30, _WIDTH - len(start))) or [""]
        lines += [f"{start}{wrapped[0]}".rstrip()]
        lines += [" " * len(start) + more for more in wrapped[1:]]
    return lines if any(head) else lines[1:]


def _column(one: Column, *, response: bool = False) -> tuple[str, str, str, str]:
    need = "or empty" if response else "optional" if one.optional else "needed"
    words = one.summary + (f": {', '.join(one.levels)}" if one.levels else "")
    if one.empty is not None:
        words += f" (empty: {one.empty:g})"
    return one.name, one.unit, need, words


def _bounds(one: Parameter) -> str:
    if math.isfinite(one.upper):
        return f"{one.lower:g} to {one.upper:g}"
    return f"above {one.lower:g}" if math.isfinite(one.lower) else "none"


def _likely(one: Parameter) -> str:
    """Say between which values two thirds of people are expected."""
    low, high = _ends(one)
    return f"{low:.2g} to {high:.2g}"


def _ends(one: Parameter) -> tuple[float, float]:
    import numpy as np

    from empatune.behaviour.parameters import to_values, typical

    centre = float(typical([one])[0])
    ends = to_values(np.array([[centre - one.spread], [centre + one.spread]]), [one])[one.name]
    return float(ends[0]), float(ends[1])


def _described(model: Model) -> JsonObject:
    parameters: list[JsonValue] = [
        {
            "name": one.name,
            "summary": one.summary,
            "unit": one.unit,
            "lower": one.lower if math.isfinite(one.lower) else None,
            "upper": one.upper if math.isfinite(one.upper) else None,
            "typical": one.typical,
            "spread": one.spread,
            "likely": list(_ends(one)),
        }
        for one in model.parameters
    ]
    columns: list[JsonValue] = [
        {
            "name": one.name,
            "summary": one.summary,
            "unit": one.unit,
            "levels": list(one.levels),
            "optional": one.optional,
            "empty": one.empty,
            "lower": one.lower if math.isfinite(one.lower) else None,
            "upper": one.upper if math.isfinite(one.upper) else None,
            "response": one.name in model.response.names,
        }
        for one in (*model.response.columns, *model.columns)
    ]
    return {
        "name": model.name,
        "summary": model.summary,
        "doi": model.doi,
        "response": model.response.name,
        "equations": model.equations,
        "parameters": parameters,
        "columns": columns,
        "restart": list(model.restart),
    }
