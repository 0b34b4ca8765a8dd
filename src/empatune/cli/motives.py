"""``empatune motives``: the network of motives, and classifiers that tell motives apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from empatune.cli.counting import counting
from empatune.cli.listing import WholeGroup
from empatune.errors import UsageError

if TYPE_CHECKING:
    from empatune.motives.classification.cases import Cases
    from empatune.motives.classification.classifier import Answer
    from empatune.motives.classification.fits import Fits

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FITS = click.Path(exists=True, path_type=Path)


@click.group(cls=WholeGroup)
def motives() -> None:
    """Motives behind helping, from connections between ACC, AI and VS.

    Every command prints its result as JSON with --json.

    Example: empatune motives network
    """


@motives.command()
@click.option(
    "--side",
    type=click.Choice(["left", "right", "both"]),
    default="both",
    show_default=True,
    help="Hemisphere of AI and VS.",
)
@click.option("--toml", "as_toml", is_flag=True, help="Print a file for empatune connectivity fit.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def network(side: Any, *, as_toml: bool, as_json: bool) -> None:
    """Show the network: regions and places, connections, and what each motive says of them.

    Example: empatune motives network --toml > motives.toml
    """
    from empatune.motives.network import EDGES, MOTIVES, places
    from empatune.motives.network_file import network_file

    if as_toml:
        click.echo(network_file(side), nl=False)
        return
    found = places(side)
    if as_json:
        content = {
            "regions": [
                {
                    "name": place.region,
                    "summary": place.summary,
                    "centres_mm": [list(centre) for centre in place.centres_mm],
                    "radius_mm": place.radius_mm,
                    "sources": list(place.sources),
                }
                for place in found
            ],
            "edges": [list(edge) for edge in EDGES],
            "motives": [
                {
                    "name": each.name,
                    "summary": each.summary,
                    "positive": [list(edge) for edge in each.positive],
                    "order": [[list(more), list(less)] for more, less in each.order],
                    "doi": each.doi,
                }
                for each in MOTIVES.values()
            ],
        }
        click.echo(json.dumps(content, indent=2))
        return
    for place in found:
        centres = " and ".join(
            f"({', '.join(f'{each:g}' for each in centre)})" for centre in place.centres_mm
        )
        click.echo(
            f"{place.region:<4} {place.summary}: {centres} mm, radius {place.radius_mm:g} mm"
        )
    click.echo(f"connections: {', '.join(f'{origin}->{to}' for origin, to in EDGES)}")
    for each in MOTIVES.values():
        click.echo(f"{each.name}: {each.summary} (doi {each.doi})")


@motives.command()
@click.argument("fits", type=_FITS)
@click.option("--labels", type=_FILE, help="Table of participant (and run) and motive.")
@click.option("--column", default="motive", show_default=True, help="Column of motives in it.")
@click.option("--modulator", "modulators", multiple=True,
              help="Instead of labels: two inputs of the fits, each a motive in everybody.")  # fmt: skip
@click.option("--out", required=True, type=click.Path(path_type=Path),
              help="Folder for the classifier and its card.")  # fmt: skip
@click.option("--name", default="", help="Name of the classifier; that of --out if not given.")
@click.option("--network", "network_name", default="", help="Only fits of this network.")
@click.option("--parameter", "fields", multiple=True, default=("B",), show_default=True,
              help="Parameters to learn from: a name, or how names begin; again for more.")  # fmt: skip
@click.option(
    "--scale",
    type=click.Choice(["mean", "z"]),
    default="mean",
    show_default=True,
    help="Posterior means, or means over standard deviations.",
)
@click.option("--positive", default="", help="Motive that a score above 0 shall mean.")
@click.option("--beside", multiple=True, metavar="NAME=TABLE",
              help="Another view of the same recordings to compare with; again for more.")  # fmt: skip
@click.option("--condition", "conditions", multiple=True, metavar="INPUT",
              help="Input whose events count as a condition for activity and correlations of the "
              "stored recordings; again for more.")  # fmt: skip
@click.option("--permutations", type=click.IntRange(1), default=1000, show_default=True,
              help="Exchanges of labels for p.")  # fmt: skip
@click.option("--about", default="", help="For the card: what it is meant for.")
@click.option("--limits", default="", help="For the card: what it should not be used for.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the exchanges.")
@click.option("--overwrite", is_flag=True, help="Replace a classifier in --out.")
@click.option("--json", "as_json", is_flag=True, help="Print the classifier's file.")
def classify(
    fits: Path,
    *,
    labels: Path | None,
    column: str,
    modulators: tuple[str, ...],
    out: Path,
    name: str,
    network_name: str,
    fields: tuple[str, ...],
    scale: Any,
    positive: str,
    beside: tuple[str, ...],
    conditions: tuple[str, ...],
    permutations: int,
    about: str,
    limits: str,
    seed: int,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Train a classifier of motive on FITS, hold out each person, and write its card.

    FITS is the folder that `empatune connectivity fit` wrote, or a table of its form
    (participant, run, network, parameter, mean, sd). With --condition, activity and correlations
    of the recordings in the folder are classified beside connections.

    \b
    Examples:
      empatune motives classify fits --labels participants.tsv --column motive --out card
      empatune motives classify fits --modulator empathy --modulator reciprocity --out card
    """  # noqa: D301
    import numpy as np

    from empatune.cli.motives_views import stored_views, table_views
    from empatune.motives.classification.card import check_free, describe, save
    from empatune.motives.classification.classifier import train
    from empatune.motives.classification.page import render
    from empatune.motives.classification.tables import read_fits
    from empatune.motives.classification.validation import validate

    title = name or out.name
    check_free(out, title, overwrite=overwrite)
    found = read_fits(fits, network=network_name)
    both = _pair(modulators, labels)
    cases = _cases(found, labels, column, both, fields, scale, positive)
    rng = np.random.default_rng(seed)
    views = {**stored_views(fits, found, cases, conditions), **table_views(beside, cases)}
    with counting("views of the recordings", 1 + len(views)) as told:
        trained = train(
            found, cases, scale=scale, modulators=both, n_permutations=permutations, rng=rng
        )
        others = {}
        for place, (each, view) in enumerate(views.items(), start=1):
            told(place)
            others[each] = validate(view, n_permutations=permutations, rng=rng)
    content = describe(trained, name=title, beside=others, about=about, limits=limits)
    file, page = save(content, out, overwrite=overwrite)
    if as_json:
        click.echo(json.dumps(content, indent=2))
        return
    click.echo(render(content).split("\n## The rule")[0].rstrip())
    click.echo(f"\nClassifier: {file}\nModel card: {page}")


@motives.command()
@click.argument("classifier", type=_FILE)
@click.argument("fits", type=_FITS)
@click.option("--network", "network_name", default="", help="Only fits of this network.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def apply(classifier: Path, fits: Path, *, network_name: str, as_json: bool) -> None:
    """Tell the motive of new FITS with a trained CLASSIFIER (its .json file).

    Fits with other parameters than those of the training are refused.

    Example: empatune motives apply card/card.json new-fits
    """
    from dataclasses import asdict

    from empatune.motives.classification.card import read
    from empatune.motives.classification.classifier import classify as answer
    from empatune.motives.classification.tables import read_fits

    rule = read(classifier)
    answers = answer(rule, read_fits(fits, network=network_name))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in answers], indent=2))
        return
    click.echo(f"participant\trun\tmotive\tprobability_{rule.classes[1]}\tlow\thigh\tremark")
    for each in answers:
        click.echo(_line(each))


def _pair(modulators: tuple[str, ...], labels: Path | None) -> tuple[str, ...]:
    """Check that either labels or two modulators were given."""
    if bool(modulators) == (labels is not None):
        raise UsageError("Give either --labels TABLE, or --modulator twice.")
    if modulators and len(set(modulators)) != 2:
        raise UsageError(f"--modulator takes two different inputs; given: {', '.join(modulators)}.")
    return modulators


def _cases(
    fits: Fits,
    labels: Path | None,
    column: str,
    modulators: tuple[str, ...],
    fields: tuple[str, ...],
    scale: Any,
    positive: str,
) -> Cases:
    from empatune.motives.classification.fits import cases_by_label, cases_by_modulator
    from empatune.motives.classification.tables import read_labels

    if labels is None:
        first, second = modulators
        return cases_by_modulator(fits, (first, second), scale=scale, positive=positive)
    found = read_labels(labels, column)
    known = {key[0] for key in found}
    missing = list(dict.fromkeys(key[0] for key in fits.keys if key[0] not in known))
    if missing and len(missing) < len({key[0] for key in fits.keys}):
        click.echo(f"left out, as they have no label: {', '.join(missing)}", err=True)
    return cases_by_label(fits, found, fields=fields, scale=scale, positive=positive)


def _line(answer: Answer) -> str:
    cells = (answer.participant, answer.run, answer.motive)
    numbers = (answer.probability, answer.low, answer.high)
    return "\t".join([*cells, *(f"{each:.3f}" for each in numbers), answer.remark])
