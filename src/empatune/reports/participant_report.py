"""The page of one person of a decoded study: scores, coverage, motion."""

from __future__ import annotations

from pathlib import Path

from empatune import __version__
from empatune.decoding.participant import DecodedRun, Participant
from empatune.reports import page, participant_pictures
from empatune.reports.markup import Html, join, number, paragraph, table, tag
from empatune.reports.participant_pictures import REACH, SHOWN

LOW = 0.9
"""Coverage below which a map is named."""

FD_MM = 0.5
"""Displacement above which volumes are counted [mm], as nilearn scrubs by default."""

_RUN_HEADERS = ("run", "", "trials", "mean FD [mm]", "largest", f"over {FD_MM:g} mm [%]", "notes")


def write_participant_report(participant: Participant, out: Path) -> Path:
    """Write the page of a person.

    Parameters
    ----------
    participant : Participant
        The person.
    out : Path
        The file; it is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ExportError
        If it cannot be written.
    """
    return page.write(out, lambda: render_participant_report(participant))


def render_participant_report(participant: Participant) -> str:
    """Return the page of a person as HTML.

    Parameters
    ----------
    participant : Participant
        The person.

    Returns
    -------
    str
        A whole page, without a single link to a file or a server.
    """
    sections = [
        ("runs", "Runs", _runs(participant)),
        ("scores", "Scores", _scores(participant)),
        ("coverage", "Coverage", _coverage(participant)),
        ("motion", "Motion", _motion(participant)),
        ("methods", "Methods", _methods(participant)),
    ]
    body = tag(
        "main",
        _header(participant),
        tag("nav", *(tag("a", words, href=f"#{name}") for name, words, _ in sections)),
        *(tag("section", tag("h2", words), made, id=name) for name, words, made in sections),
        tag("footer", paragraph(f"Written by empatune {__version__} from the tables beside it.")),
    )
    return page.whole(title=f"sub-{participant.label}", body=body)


def _header(participant: Participant) -> Html:
    failed = sum(run.outcome.status == "failed" for run in participant.runs)
    n_trials = sum(map(_n_trials, participant.runs))
    n_low = sum(min(pair) < LOW for pair in participant.coverage.values())
    moved = [run.displacement.mean() for run in participant.runs if run.displacement is not None]
    tiles = [
        (str(len(participant.runs) - failed), "runs decoded", False),
        (str(failed), "runs failed", failed > 0),
        (str(n_trials), "trials", False),
        (f"{number(max(moved))} mm" if moved else "–", "mean FD, worst run", False),
        (str(n_low), f"maps below {LOW:.0%} coverage", n_low > 0),
    ]
    boxes = (
        tag("div", tag("b", value), tag("span", words), class_="tile bad" if bad else "tile")
        for value, words, bad in tiles
    )
    return tag(
        "header",
        tag("div", "empatune participant report", class_="kind"),
        tag("h1", f"sub-{participant.label}"),
        tag("div", *boxes, class_="tiles"),
    )


def _n_trials(run: DecodedRun) -> int:
    return 0 if run.trials is None else int(run.trials["trial"].nunique())


def _runs(participant: Participant) -> Html:
    rows = []
    for run in participant.runs:
        motion: tuple[float | None, ...] = (None, None, None)
        if run.displacement is not None:
            fd = run.displacement
            motion = (float(fd.mean()), float(fd.max()), 100 * float((fd > FD_MM).mean()))
        word = "failed" if run.outcome.status == "failed" else "decoded"
        rows.append((run.outcome.run, word, _n_trials(run), *motion, run.outcome.why))
    return table(_RUN_HEADERS, rows)


def _scores(participant: Participant) -> Html:
    unit = f"Each row is in standard deviations about the person's mean; it ends at {REACH:g}."
    if any(map(_n_trials, participant.runs)):
        words = (
            "Every point is a trial, in the order in which they were run; a bar is the mean of its "
            "type in that run. Signatures show their dot product, systems their mean. "
        )
        picture = participant_pictures.trials(participant)
        numbers = tag("details", tag("summary", "In numbers"), _means(participant))
    elif any(run.volumes is not None for run in participant.runs):
        words = (
            "Every volume's response with nuisance taken out; gaps are volumes that were taken out "
            "as spikes. These runs have no trials. "
        )
        picture, numbers = participant_pictures.volumes(participant), Html()
    else:
        return paragraph("No run of this person was decoded.")
    return join(paragraph(words, unit, note=True), tag("div", picture, class_="card"), numbers)


def _means(participant: Participant) -> Html:
    import pandas as pd

    every = pd.concat([run.trials for run in participant.runs if run.trials is not None])
    every = every[every["measure"].isin(SHOWN)]
    rows = [
        (*kind, len(of), float(of.mean()), float(of.std()))
        for kind, of in every.groupby(["signature", "trial_type"], sort=False)["score"]
    ]
    return table(("map", "trial type", "trials", "mean", "SD"), rows)


def _coverage(participant: Participant) -> Html:
    found = sorted(participant.coverage.items(), key=lambda item: min(item[1]))
    rows = [
        (name, 100 * voxels, 100 * weight, "low" if min(voxels, weight) < LOW else "")
        for name, (voxels, weight) in found
    ]
    return join(
        paragraph(
            "How much of each map lies in this person's brain mask, in the worst run; weight "
            "energy is the share of the sum of its squared weights. A signature "
            "of which a part is missing can change its sign.",
            note=True,
        ),
        table(("map", "voxels [%]", "weight energy [%]", ""), rows),
    )


def _motion(participant: Participant) -> Html:
    runs = [run for run in participant.runs if run.displacement is not None]
    if not runs:
        return paragraph("The confounds do not tell how the head moved.")
    return tag("div", participant_pictures.motion(runs, limit_mm=FD_MM), class_="card")


def _methods(participant: Participant) -> Html:
    rows = [(name, _words(value)) for name, value in participant.settings.to_json().items()]
    taken = [
        (run.outcome.run, _words(run.facts["Confounds"])) for run in participant.runs if run.facts
    ]
    inside = table(("run", "columns"), taken)
    return join(
        table(("setting", "value"), rows),
        tag("details", tag("summary", "Confounds that were taken out"), inside) if taken else "",
    )


def _words(value: object) -> str:
    return (", ".join(map(str, value)) or "all") if isinstance(value, list) else str(value)
