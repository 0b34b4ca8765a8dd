"""What has to be accounted for: exclusions, actions, allocation, software, checklist."""

from __future__ import annotations

import itertools
import json
import re

from empatune.exports.events import log
from empatune.reports import crednf
from empatune.reports.markup import Html, join, number, paragraph, table, tag
from empatune.reports.material import Material


def exclusions(material: Material) -> Html:
    """Return the volumes that were not used, and everything that operators and notices said.

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
    unused = [v for v in history.volumes if not v.usable]
    entries = log(history)
    rows = [
        (number(float(str(row[1])), 1), _level(str(row[2])), row[3], row[4] or "")
        for row in entries.rows
    ]
    return join(
        tag("h3", "Volumes that were not used"),
        table(
            ("volume", "time [s]", "status", "why"),
            [(v.index, number(v.index * history.tr_s, 1), v.status, v.reason) for v in unused],
        )
        if unused
        else paragraph("None: every volume was decoded and used."),
        tag("h3", "Operator, notices, states"),
        table(("time [s]", "who", "what", "text"), rows) if rows else paragraph("Nothing."),
        paragraph("Times count from the start of volume 0.", note=True),
    )


def _level(kind: str) -> Html:
    style = kind if kind in ("warning", "alarm") else "info"
    return tag("span", kind, class_=f"tag {style}")


def allocation(material: Material) -> Html:
    """Return what may be told about the arm.

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
    facts = history.facts.get("allocation")
    if not facts:
        return paragraph("The study has no sham arm: the value shown is the person's own.")
    digest = tag("code", str(facts.get("digest", "unknown")))
    if history.sealed:
        return join(
            paragraph(
                "Sealed: the session has not ended, so the arm is not told and the value shown is withheld."
            ),
            paragraph("Digest of the sealed allocation: ", digest, note=True),
        )
    opened = facts["opened"]
    rows = [(name.replace("_", " "), _words(value)) for name, value in opened.items()]
    return join(
        paragraph("Opened when the session had ended."),
        table(("", ""), rows),
        paragraph("Digest of the sealed allocation: ", digest, note=True),
    )


def software(material: Material) -> Html:
    """Return versions, seeds, source and checksums.

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
    facts = history.facts
    source = facts.get("source") or {}
    digests = [(v.index, v.received.sha256) for v in history.volumes if v.received is not None]
    told = {name: facts.get(name) for name in ("study", "source", "preparation")}
    settings = json.dumps(_without_paths(told), indent=2, ensure_ascii=False)
    return join(
        tag(
            "div",
            table(
                ("software", "version"),
                [(k, _words(v)) for k, v in (facts.get("software") or {}).items()],
            ),
            table(
                ("session", ""),
                [
                    ("format of the record", _words(facts.get("format"))),
                    ("seed", _words(facts.get("seed"))),
                    ("rows in the journal", history.n_entries),
                    ("why it ended", history.end_reason or "it did not"),
                    *(
                        (f"source: {name}", _words(value))
                        for name, value in source.items()
                        if not isinstance(value, dict)
                    ),
                ],
            ),
            class_="pair",
        ),
        tag(
            "details",
            tag("summary", "Study, source and preparation as they were"),
            tag("pre", tag("code", settings)),
        ),
        tag(
            "details",
            tag("summary", "SHA-256 of every raw volume"),
            table(("volume", "checksum"), [(i, tag("code", digest)) for i, digest in digests]),
        ),
        paragraph(
            "To recompute all of it from the raw volumes and compare to the bit: ",
            tag("code", "empatune replay SESSION"),
            note=True,
        ),
    )


def checklist(material: Material) -> Html:
    """Return the CRED-nf checklist as far as the record can fill it.

    Parameters
    ----------
    material : Material
        What the report rests on.

    Returns
    -------
    Html
        The section's content.
    """
    found = crednf.answers(material.history, material.effects)
    n_person = sum(answer.answered == "person" for answer in found)
    words = {"record": "from the record", "partly": "in part", "person": "a person must fill this"}
    parts: list[object] = [
        paragraph(
            f"Consensus on reporting and design of neurofeedback studies ({crednf.REFERENCE}), items "
            f"in our words. The record fills {len(found) - n_person} of {len(found)} items in full or "
            f"in part; {n_person} are left to a person.",
        )
    ]
    for domain, answers in itertools.groupby(found, key=lambda answer: answer.item.domain):
        parts += [
            tag("h3", domain),
            table(
                ("item", "asks for", "answer", "filled"),
                [
                    (
                        a.item.number,
                        a.item.text,
                        a.text,
                        tag("span", words[a.answered], class_=f"tag {a.answered}"),
                    )
                    for a in answers
                ],
            ),
        ]
    return tag("div", *parts, class_="checklist")


def _without_paths(value: object) -> object:
    """Leave folders of this machine out: they may name people."""
    if isinstance(value, dict):
        return {name: _without_paths(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_without_paths(entry) for entry in value]
    if isinstance(value, str) and re.match(r"[/~\\]|[A-Za-z]:[/\\]", value):
        return re.split(r"[/\\]", value.rstrip("/\\"))[-1]
    return value


def _words(value: object) -> str:
    value = _without_paths(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return "–" if value is None else str(value)
