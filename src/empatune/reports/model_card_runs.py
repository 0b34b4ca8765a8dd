"""What the model card of one person's decoder has beside that of a signature: its runs."""

from __future__ import annotations

from empatune.exports.statistics import Estimate
from empatune.reports.markup import Html, join, number, paragraph, table
from empatune.reports.model_card_material import plural, probability
from empatune.signatures.training.personal import Decoder, Scored


def runs(decoder: Decoder) -> tuple[str, str, Html]:
    """Return the section of the runs.

    Parameters
    ----------
    decoder : Decoder
        The decoder.

    Returns
    -------
    tuple of (str, str, Html)
        Name, title and content, for `write_model_card`.
    """
    run, calibration = decoder.run, decoder.calibration
    against, positive = decoder.contrast.names
    n_usable = int(run.usable.sum())
    parts: list[object] = [
        paragraph(
            f"{positive} against {against}: {plural(len(decoder.localizer.blocks), 'block')} of a run "
            f"of {plural(len(run.usable), 'volume')}, {n_usable} usable, one every "
            f"{run.tr_s:g} s, smoothed with {run.head.fwhm_mm:g} mm."
        ),
        paragraph(
            f"Scores become probabilities by a threshold of {number(calibration.threshold)} and a "
            f"scale of {number(calibration.scale)}, from blocks that were held out."
        ),
        _measured(decoder.localizer, "Localizer: blocks that were held out"),
    ]
    if decoder.test is None:
        parts.append(paragraph("No second run was given: the decoder is tested in one run alone."))
    else:
        parts.append(_measured(decoder.test, "Another run of the same person"))
    return "runs", "The runs", join(*parts)


def _measured(scored: Scored, caption: str) -> Html:
    rows = [
        (r.label, Estimate(value=r.value, low=r.low, high=r.high, n=0), probability(r.p))
        for r in scored.results.values()
    ]
    heads = ("measure", "value, 95 % interval", "permutation p")
    return table(heads, rows, caption=f"{caption} ({plural(len(scored.blocks), 'block')})")
