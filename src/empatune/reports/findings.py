"""What a session found: its course, its blocks, how specific they are."""

from __future__ import annotations

from empatune.exports.summary import Effect
from empatune.reports import comparisons, traces
from empatune.reports.markup import Html, join, number, paragraph, table, tag
from empatune.reports.material import Material

NO_EVIDENCE = (
    "One session of one person proves nothing about efficacy. These numbers describe what happened; "
    "whether training on these signatures changes anybody is untested."
)


def course(material: Material) -> Html:
    """Return the status of every volume, the signatures, the score and the feedback.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    history = material.history
    statuses = dict.fromkeys(volume.status for volume in history.volumes)
    shades = [(traces.STATUS_COLOURS[status], str(status), "1") for status in statuses]
    shades += [(name, words, ".5") for name, words in traces.block_key(history)]
    keys = [
        tag(
            "span",
            tag("span", "", class_="key", style=f"background:var(--{name});opacity:{opacity}"),
            words,
            class_="entry",
        )
        for name, words, opacity in shades
    ]
    return join(
        paragraph(
            "Signatures are standardised by the person's own baseline; bands are one standard error. "
            "Every value rests only on what was known at its time: nothing was computed afterwards.",
        ),
        tag(
            "div",
            traces.signatures(history),
            paragraph(*keys, tag("span", "dotted lines: markers", class_="entry"), note=True),
            class_="card",
        ),
    )


def regulation(material: Material) -> Html:
    """Return blocks, conditions against baseline, and the change over blocks.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    history = material.history
    if not any(block.used for block in material.blocks):
        return paragraph("No block has a volume that counts: there is nothing to compare.")
    scores = [effect for effect in material.effects if effect.measure.kind == "score"]
    contrast = table(
        ("condition", "blocks", "of baseline", "difference of the score", "d"),
        [(e.condition, e.n_blocks, e.n_baseline_blocks, e.difference, e.d) for e in scores],
        caption="Conditions minus baseline [baseline SD], 95 % interval",
    )
    change = table(
        ("condition", "blocks", "change of the score"),
        [(name, found.n, found) for name, found in material.learning.items()],
        caption="Per block, from first to last [baseline SD], 95 % interval",
    )
    names = [name for name in history.signatures if name not in history.monitors]
    rows = [
        (
            block.number + 1,
            block.condition,
            len(block.volumes),
            len(block.used),
            block.means["score"],
            *(block.means[name] for name in names),
            block.shown,
        )
        for block in material.blocks
    ]
    every = table(
        ("block", "condition", "volumes", "counted", "score", *names, "feedback shown"),
        rows,
        caption="Every block: mean and 95 % interval [baseline SD]",
    )
    return join(
        tag("div", NO_EVIDENCE, class_="statement"),
        tag("div", comparisons.blocks(history, material.blocks), class_="card"),
        tag("div", contrast, change, class_="pair"),
        tag("details", tag("summary", "Every block in numbers"), every),
        paragraph(
            "A volume counts for a block if it is usable and its block was on for "
            f"{number(float(history.setting('score', 'delay_s', 5.0)), 1)} s already, the delay of the "
            "blood response. Intervals of block means allow for autocorrelation; those of conditions "
            "treat blocks as the units, so that few blocks give wide intervals.",
            note=True,
        ),
    )


def specificity(material: Material) -> Html:
    """Return off-target monitors and component systems, beside motion.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    history = material.history
    statement = (
        "Specificity is never absolute. A score that moves together with monitors, systems or motion "
        "may mean arousal, effort or breathing rather than care; this table shows how much it does."
    )
    parts: list[object] = [tag("div", statement, class_="statement")]
    chosen = _regulated(material)
    if chosen:
        parts.append(tag("div", comparisons.specificity(chosen, material.couplings), class_="card"))
    effects = {effect.measure.name: effect for effect in chosen}
    parts.append(
        table(
            ("measure", "kind", "d", "r with score", "r with motion"),
            [
                (
                    c.measure.name,
                    c.measure.kind,
                    effects[c.measure.name].d if c.measure.name in effects else None,
                    c.with_score,
                    c.with_motion,
                )
                for c in material.couplings
            ],
            caption="Over all volumes that count for a block; 95 % intervals allow for autocorrelation",
        )
    )
    for names, group, title in (
        (history.monitors, "signatures", "Off-target monitors"),
        (history.systems, "systems", "Component systems"),
    ):
        if names:
            parts += [
                tag("h3", title),
                tag("div", traces.others(history, names, group), class_="card"),
            ]
    parts.append(
        paragraph(
            "The anterior insula, part of experience sharing, also answers to salience and to the "
            "effort of regulating: read it with that in mind.",
            note=True,
        )
    )
    return join(*parts)


def _regulated(material: Material) -> list[Effect]:
    """Return the effects of the condition in which the person regulated."""
    intermittent = material.history.setting("protocol", "feedback", "") == "intermittent"
    shown = {b.condition for b in material.blocks if any(part.feedback for part in b.parts)}
    conditions = list(dict.fromkeys(effect.condition for effect in material.effects))
    # intermittent feedback is shown after the block in which it was earned
    first = [name for name in conditions if (name in shown) is not intermittent]
    chosen = [*first, *conditions][:1]
    return [effect for effect in material.effects if effect.condition in chosen]
