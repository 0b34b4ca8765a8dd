"""A decoder of one person on disk: map, statistics, model card, blocks, calibration, test."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np

from empatune.errors import TrainingError
from empatune.signatures.training.blocks import n_orders
from empatune.signatures.training.localizer import Run
from empatune.signatures.training.personal import Decoder, Scored
from empatune.signatures.training.saving import check_place, save
from empatune.typing import JsonObject

LIMITS = (
    "A decoder of one person, in the grid of that person's preparation: it says nothing of others. "
    "Blocks of one run share its noise; trust the figures of another run, and of another day."
)
"""What holds for every decoder of one person."""


def save_decoder(
    decoder: Decoder, folder: Path, *, name: str, intended_use: str = "", overwrite: bool = False
) -> Path:
    """Write map, statistics, model card, blocks and what the decoder was tested on; all or nothing.

    Parameters
    ----------
    decoder : Decoder
        The decoder.
    folder : Path
        Where; made if it is not there.
    name : str
        What it is called: the stem of the files.
    intended_use : str
        For the card.
    overwrite : bool
        Replace a decoder that is there.

    Returns
    -------
    Path
        The map.

    Raises
    ------
    TrainingError
        If something is there that must not be replaced, or the disk refuses.
    """
    check_place(folder, name=name, overwrite=overwrite)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".decoder-") as work:
            new = Path(work) / "new"
            save(decoder.trained, new, name=name, intended_use=intended_use, limits=LIMITS)
            content = describe_decoder(decoder)
            (new / f"{name}_decoder.json").write_text(
                json.dumps(content, indent=2, allow_nan=False) + "\n", "utf-8"
            )
            (new / f"{name}_blocks.tsv").write_text(blocks_table(decoder), "utf-8")
            if folder.exists():
                folder.rename(Path(work) / "old")
            new.rename(folder)
    except OSError as error:
        raise TrainingError(f"The decoder cannot be written to {folder}: {error}") from error
    return folder / f"{name}.nii.gz"


def describe_decoder(decoder: Decoder) -> JsonObject:
    """Say what the model card of a signature does not: the runs, the units, the test.

    Parameters
    ----------
    decoder : Decoder
        The decoder.

    Returns
    -------
    dict
        JSON values.
    """
    run, calibration = decoder.run, decoder.calibration
    against, positive = decoder.contrast.names
    content: JsonObject = {
        "format": 1,
        "positive": positive,
        "against": against,
        "score": "map . image + intercept; brain mean of the reference is 100",
        "intercept": decoder.trained.intercept,
        "calibration": {
            "threshold": calibration.threshold,
            "scale": calibration.scale if np.isfinite(calibration.scale) else None,
            "probability": "1 / (1 + exp(-(score - threshold) / scale))",
        },
        "smoothing_fwhm_mm": run.head.fwhm_mm,
        "grid": run.head.grid.to_json(),
        "localizer": _about(decoder.localizer)
        | _about_run(run)
        | {"n_orders": n_orders(decoder.localizer.outcome, decoder.localizer.pairs)},
        "test": None if decoder.test is None else _about(decoder.test),
    }
    if decoder.test is not None and isinstance(content["test"], dict):
        right = calibration.probability(decoder.test.scores) > 0.5
        content["test"]["accuracy_calibrated"] = float(np.mean(right == (decoder.test.outcome > 0)))
    return content


def blocks_table(decoder: Decoder) -> str:
    """Write every block with its score.

    Parameters
    ----------
    decoder : Decoder
        The decoder.

    Returns
    -------
    str
        Tab-separated text.
    """
    lines = ["run\tonset\tduration\tcondition\toutcome\tfold\tscore\tprobability"]
    for name, scored in (("localizer", decoder.localizer), ("test", decoder.test)):
        if scored is None:
            continue
        chances = decoder.calibration.probability(scored.scores)
        for row, block in enumerate(scored.blocks):
            fold = str(scored.pairs[row]) if name == "localizer" else "n/a"
            cells = [name, f"{block.onset_s:g}", f"{block.duration_s:g}", block.condition]
            cells += [f"{scored.outcome[row]:g}", fold]
            cells += [repr(float(scored.scores[row])), repr(float(chances[row]))]
            lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"


def _about(scored: Scored) -> JsonObject:
    return {
        "n_blocks": len(scored.blocks),
        "measures": {name: result.to_json() for name, result in scored.results.items()},
    }


def _about_run(run: Run) -> JsonObject:
    return {
        "n_volumes": len(run.usable),
        "n_usable": int(run.usable.sum()),
        "tr_s": run.tr_s,
    }
