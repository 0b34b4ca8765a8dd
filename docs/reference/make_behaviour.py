"""Write behaviour-models.md from the catalogue itself.

python docs/reference/make_behaviour.py
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from empatune.behaviour.catalogue import MODELS
from empatune.behaviour.columns import Column
from empatune.behaviour.model import Model
from empatune.behaviour.notation import split
from empatune.behaviour.parameters import Parameter, to_values, typical

PAGE = Path(__file__).with_name("behaviour-models.md")
HEAD = """# Models of behaviour

Every model of the catalogue: equations, parameters, the columns that it needs of a table of trials. Written by `python docs/reference/make_behaviour.py` from the catalogue. `empatune models show NAME` tells the same in a terminal; [fit your own data](../tutorials/fit-your-data.md), [add a model](../tutorials/add-a-model.md), [why it is done so](../explanation/behaviour.md).

Every table also has `participant`. "Two thirds" is where two thirds of people are expected before any data: the prior, which is ours. Bounds decide the scale of estimation: two bounds a logistic one, a lower bound a logarithmic one. A response that is empty is a missed trial.

"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(HEAD + contents() + "".join(map(section, MODELS)), encoding="utf-8")


def contents() -> str:
    """Return one row a model."""
    rows = [
        [f"[`{one.name}`](#{one.name})", one.response.name, str(len(one.parameters)), one.summary]
        for one in MODELS
    ]
    return _table(["model", "response", "parameters", "what it says"], rows) + "\n"


def section(model: Model) -> str:
    """Return what there is to know of a model."""
    source = f" Source: [doi:{model.doi}](https://doi.org/{model.doi})." if model.doi else ""
    text = f"## {model.name}\n\n{_sentence(model.summary)}.{source}\n\n"
    text += "".join(f"$${line}$$\n\n" for line in split(model.equations))
    heads = ["parameter", "what it is", "unit", "bounds", "typical", "two thirds"]
    text += _table(heads, [_parameter(one) for one in model.parameters]) + "\n"
    columns = [_column(one, response=True) for one in model.response.columns]
    columns += [_column(one, response=False) for one in model.columns]
    text += _table(["column", "what it holds", "unit", ""], columns) + "\n"
    if model.restart:
        text += (
            f"Begins anew where {' or '.join(f'`{name}`' for name in model.restart)} changes.\n\n"
        )
    if model.observes:
        text += "What happens is seen: trials without a response teach, too.\n\n"
    return text


def _parameter(one: Parameter) -> list[str]:
    centre = float(typical([one])[0])
    ends = to_values(np.array([[centre - one.spread], [centre + one.spread]]), [one])[one.name]
    if math.isfinite(one.upper):
        bounds = f"{one.lower:g} to {one.upper:g}"
    else:
        bounds = f"above {one.lower:g}" if math.isfinite(one.lower) else "none"
    two_thirds = f"{float(ends[0]):.2g} to {float(ends[1]):.2g}"
    return [f"`{one.name}`", one.summary, one.unit, bounds, f"{one.typical:g}", two_thirds]


def _column(one: Column, *, response: bool) -> list[str]:
    need = "response" if response else "optional" if one.optional else "needed"
    levels = f": {', '.join(one.levels)}" if one.levels else ""
    if one.empty is not None:
        need += f"; empty is {one.empty:g}"
    return [f"`{one.name}`", one.summary + levels, one.unit, need]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _table(heads: list[str], rows: list[list[str]]) -> str:
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [heads, ["---"] * len(heads), *escaped]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main()
