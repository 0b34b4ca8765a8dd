"""Where do simulated brains follow prediction errors? A GLM with nilearn, for the tutorial.

python prediction_errors.py study study/derivatives/learning
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from nilearn.datasets import load_mni152_brain_mask
from nilearn.glm.first_level import FirstLevelModel
from nilearn.glm.second_level import SecondLevelModel
from nilearn.image import resample_to_img
from nilearn.plotting import plot_stat_map

from empatune.core import Grid
from empatune.systems import draw


def main(study: Path, derivatives: Path) -> None:
    """Fit a model to everybody's runs, then one to their effects."""
    mask, effects = load_mni152_brain_mask(resolution=8), []
    for folder in sorted(study.glob("sub-*")):
        scans = sorted(folder.glob("func/*_bold.nii.gz"))
        events = [
            pd.read_csv(path, sep="\t")
            for path in sorted((derivatives / folder.name).glob("func/*Glm_events.tsv"))
        ]
        model = FirstLevelModel(
            t_r=2.0, slice_time_ref=0.5, mask_img=mask, noise_model="ols", verbose=0
        )
        model.fit(scans, events)
        effects.append(model.compute_contrast("prediction_error", output_type="effect_size"))
    group = SecondLevelModel(mask_img=mask).fit(
        effects, design_matrix=pd.DataFrame({"mean": np.ones(len(effects))})
    )
    found = group.compute_contrast("mean", output_type="z_score")
    table = regions(found)
    print(table.to_string(index=False, float_format=lambda value: f"{value:.2f}"))
    picture = resample_to_img(found, load_mni152_brain_mask(resolution=2), interpolation="linear")
    plot_stat_map(
        picture,
        threshold=3.1,
        cut_coords=(-38, 18, 0),
        title="prediction error (z)",
        output_file="prediction-errors.png",
    )


def regions(found) -> pd.DataFrame:
    """Average a map over the regions of Figure 1."""
    values = found.get_fdata()
    masks = draw(Grid(shape=found.shape, affine=found.affine), by="region")
    rows = [(name, values[mask.values > 0].mean()) for name, mask in masks.items()]
    return pd.DataFrame(rows, columns=["region", "mean z"]).sort_values("mean z", ascending=False)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # nilearn tells which mask and contrast it takes, every time
    main(Path(sys.argv[1]), Path(sys.argv[2]))
