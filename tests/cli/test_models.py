"""``empatune models``: what is listed and shown."""

from __future__ import annotations

import json

import pytest

from empatune.behaviour.catalogue import MODELS
from empatune.behaviour.notation import readable
from empatune.cli import run


def test_every_model_is_listed_with_its_response_and_size(capsys) -> None:
    assert run(["models", "list"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["model", "response", "parameters", "what", "it", "says"]
    assert [line.split()[0] for line in lines] == [model.name for model in MODELS]
    for line, model in zip(lines, MODELS, strict=True):
        assert f" {model.response.name} " in line
        assert line.endswith(model.summary)
        assert line[head.index("parameters") :].split()[0] == str(len(model.parameters))
    assert run(["models", "list", "--json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)] == [
        model.name for model in MODELS
    ]


def test_a_model_is_shown_whole(capsys) -> None:
    assert run(["models", "show", "learning-rates"]) == 0
    shown = capsys.readouterr().out
    for words in ("Q ← Q + α", "rate_other", "0 to 1", "self, other, none", "1/value"):
        assert words in shown
    assert "https://doi.org/10.1038/s41467-021-24576-w" in shown
    assert "Example: empatune fit learning-rates trials.csv --out fit" in shown
    assert run(["models", "show", "learning-rates", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    rate = facts["parameters"][0]
    assert (rate["name"], rate["lower"], rate["upper"]) == ("rate_self", 0.0, 1.0)
    assert rate["likely"][0] < rate["typical"] < rate["likely"][1]
    assert {"name": "recipient", "optional": False}.items() <= facts["columns"][-1].items()


def test_every_equation_can_be_read_in_a_terminal() -> None:
    for model in MODELS:
        assert model.equations, model.name
        shown = readable(model.equations)
        assert shown
        assert not set("\\{}&") & set(shown), (model.name, shown)


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\frac{a}{1 + k E^2} \cdot \sigma(\beta)", "a / (1 + k E^2) · σ(β)"),
        (r"\hat{r}_{t+1} \leftarrow \mathrm{old} - \sqrt{x}", "r_(t+1) ← old - √(x)"),
        (r"a = 1, \quad b = 2", "a = 1\nb = 2"),
        (r"P(\text{work} \mid V) \le 1 \\ k_{\mathrm{self}}", "P(work | V) ≤ 1\nk_self"),
    ],
)
def test_latex_becomes_plain_text(latex: str, shown: str) -> None:
    assert readable(latex) == shown


def test_an_unknown_model_is_refused_with_the_nearest_name(capsys) -> None:
    assert run(["models", "show", "lerning"]) == 2
    said = capsys.readouterr().err
    assert "no model 'lerning'. Did you mean learning? All of them: empatune models list" in said
