"""The model card of a classifier, for readers."""

from __future__ import annotations

from typing import Any

from empatune.typing import JsonObject


def render(content: JsonObject) -> str:
    """
    Write the card for readers, as Markdown.

    Parameters
    ----------
    content : dict
        What `describe` tells.

    Returns
    -------
    str
        The page.
    """
    told: Any = content
    rule, data, found = told["classifier"], told["data"], told["validation"]
    first, second = rule["classes"]
    counts = ", ".join(f"{n} of {name}" for name, n in data["n_cases"].items())
    weights = zip(rule["features"], rule["weights"], strict=True)
    lines = [
        f"# {told['name']}: {first} or {second}?",
        "",
        told["about"],
        "",
        (
            f"Learnt from {data['n_people']} people ({data['design']}; {counts}), network "
            f"'{rule['network']}', {told['created']}."
        ),
        "",
        f"Method: {told['method']}.",
        "",
        (
            "| told from | accuracy | 95 % interval | area | p | exchanged labels: mean (95 %) "
            "| Brier | slope |"
        ),
        "|---|---|---|---|---|---|---|---|",
        *(_row(name, each) for name, each in {"connections": found, **told["beside"]}.items()),
        "",
        (
            f"Accuracy is the mean over both motives, of people who were held out; p and chance are of "
            f"{found['n_permutations']} exchanges of labels. Probabilities are good where the Brier "
            f"score is far below .25 and the slope near 1 (n/a: motives were told apart completely)."
        ),
        "",
        "## Are probabilities right?",
        "",
        f"| said: probability of {second} | came true | cases |",
        "|---|---|---|",
        *_curve(found["calibration"]),
        "",
        "## The rule",
        "",
        (
            f"Log odds of {second} = {rule['intercept']:.3f} + the sum of weight x "
            f"{'posterior mean' if rule['scale'] == 'mean' else 'posterior mean over its sd'}:"
        ),
        "",
        "| parameter | weight |",
        "|---|---|",
        *(f"| {name} | {weight:.3f} |" for name, weight in weights),
        "",
        "## Limits",
        "",
        *(f"- {limit}" for limit in told["limits"]),
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, found: dict[str, Any]) -> str:
    line = found["calibration"]
    slope = "n/a" if line["slope"] is None else f"{line['slope']:.2f}"
    return (
        f"| {name} | {found['accuracy']:.1%} | {found['low']:.1%} to {found['high']:.1%} "
        f"| {found['auc']:.3f} | {found['p']:.4f} | {found['chance']:.1%} "
        f"({found['chance_95']:.1%}) | {line['brier']:.3f} | {slope} |"
    )


def _curve(line: dict[str, Any]) -> list[str]:
    rows = zip(line["predicted"], line["observed"], line["n"], strict=True)
    return [f"| {said:.2f} | {true:.2f} | {n} |" for said, true, n in rows]
