"""Confounds of a run, against nilearn's own reading of the same table."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import pytest
from nilearn.interfaces.fmriprep import load_confounds

from empatune.decoding.confounds import (
    HEAD_MM,
    SCRUBBED,
    check_strategy,
    read_confounds,
    read_displacement,
)
from empatune.errors import DecodingError, UsageError

N = 40
STEM = "sub-01_task-rest"
SPIKES = (0, 9, 13, 36)  # 10-12 and 37-39 are too short to keep


def columns() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    made = {}
    for name in (*(f"{k}_{a}" for k in ("trans", "rot") for a in "xyz"), "csf", "white_matter"):
        values = rng.standard_normal(N)
        change = np.r_[np.nan, np.diff(values)]
        made |= {
            name: values,
            f"{name}_derivative1": change,
            f"{name}_power2": values**2,
            f"{name}_derivative1_power2": change**2,
        }
    for number in range(8):
        made[f"a_comp_cor_{number:02d}"] = rng.standard_normal(N)
    made["cosine00"] = np.cos(np.pi * (np.arange(N) + 0.5) / N)
    made["framewise_displacement"] = np.r_[np.nan, np.full(N - 1, 0.1)]
    made["std_dvars"] = np.r_[np.nan, np.ones(N - 1)]
    made["framewise_displacement"][list(SPIKES[1:])] = 0.7
    made["std_dvars"][20] = 1.6
    made["non_steady_state_outlier00"] = np.eye(N)[0]
    return made


@pytest.fixture
def table(tmp_path: Path) -> Path:
    image = tmp_path / f"{STEM}_space-MNI152NLin6Asym_desc-preproc_bold.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.zeros((2, 2, 2, N), dtype=np.int16), np.eye(4)), image)
    path = tmp_path / f"{STEM}_desc-confounds_timeseries.tsv"
    pd.DataFrame(columns()).to_csv(path, sep="\t", index=False, na_rep="n/a")
    masks = ("combined",) * 6 + ("CSF", "WM")
    facts = {
        f"a_comp_cor_{number:02d}": {"Mask": mask, "Method": "aCompCor", "Retained": True}
        for number, mask in enumerate(masks)
    }
    path.with_suffix(".json").write_text(json.dumps(facts))
    return path


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (("motion",), {"strategy": ("motion",), "motion": "full"}),
        (("motion:basic",), {"strategy": ("motion",), "motion": "basic"}),
        (("motion:derivatives",), {"strategy": ("motion",), "motion": "derivatives"}),
        (("motion:power2",), {"strategy": ("motion",), "motion": "power2"}),
        (("motion", "wm_csf"), {"strategy": ("motion", "wm_csf"), "wm_csf": "basic"}),
        (("wm_csf:full",), {"strategy": ("wm_csf",), "wm_csf": "full"}),
        (("compcor:5", "high_pass"), {"strategy": ("compcor", "high_pass"), "n_compcor": 5}),
        (("compcor", "high_pass"), {"strategy": ("compcor", "high_pass")}),
    ],
)
def test_names_mean_what_they_mean_in_nilearn(table: Path, ours, theirs) -> None:
    image = table.with_name(f"{STEM}_space-MNI152NLin6Asym_desc-preproc_bold.nii.gz")
    expected, _ = load_confounds(str(image), demean=False, **theirs)
    values, names = read_confounds(table, ours, n_volumes=N)
    assert set(names) - {"non_steady_state_outlier00"} == set(expected.columns)
    for place, name in enumerate(names):
        if name in expected:
            np.testing.assert_allclose(values[:, place], expected[name], rtol=1e-12)


@pytest.mark.parametrize("limit", [0.5, 0.8])
def test_scrubbing_takes_out_the_volumes_that_nilearn_leaves_out(table: Path, limit: float) -> None:
    image = table.with_name(f"{STEM}_space-MNI152NLin6Asym_desc-preproc_bold.nii.gz")
    _, kept = load_confounds(
        str(image), strategy=("motion", "scrub"), fd_threshold=limit, std_dvars_threshold=1.5
    )
    word = "scrub" if limit == 0.5 else f"scrub:{limit}"
    values, names = read_confounds(table, ("motion", word), n_volumes=N)
    spikes = [i for i, name in enumerate(names) if name.startswith((SCRUBBED, "non_steady"))]
    assert set(np.unique(values[:, spikes])) == {0.0, 1.0}
    assert set(range(N)) - set(np.flatnonzero(values[:, spikes].any(axis=1))) == set(kept)
    assert len(spikes) > (8 if limit == 0.5 else 1)


def test_columns_are_named_with_a_star(table: Path) -> None:
    values, names = read_confounds(table, ("a_comp_cor_0*", "csf"), n_volumes=N)
    assert names[0] == "non_steady_state_outlier00"
    assert names[1:] == (*(f"a_comp_cor_{number:02d}" for number in range(8)), "csf")
    np.testing.assert_allclose(values[:, -1], columns()["csf"])


def test_a_run_without_outliers_has_no_columns_for_them(table: Path) -> None:
    _, names = read_confounds(table, ("csf", "motion_outlier*"), n_volumes=N)
    assert names == ("non_steady_state_outlier00", "csf")


def test_none_needs_no_table() -> None:
    values, names = read_confounds(None, ("none",), n_volumes=N)
    assert values.shape == (N, 0)
    assert names == ()


def test_displacement_comes_from_the_table_or_from_its_motion(table: Path) -> None:
    told = columns()["framewise_displacement"]
    np.testing.assert_allclose(read_displacement(table), np.r_[0, told[1:]])
    frame = pd.read_csv(table, sep="\t").drop(columns="framewise_displacement")
    frame.to_csv(table, sep="\t", index=False, na_rep="n/a")
    found = read_displacement(table)
    made = columns()
    moved = sum(abs(made[f"trans_{a}"][5] - made[f"trans_{a}"][4]) for a in "xyz")
    moved += HEAD_MM * sum(abs(made[f"rot_{a}"][5] - made[f"rot_{a}"][4]) for a in "xyz")
    assert found is not None
    assert found[5] == pytest.approx(moved)
    frame[["csf"]].to_csv(table, sep="\t", index=False)
    assert read_displacement(table) is None
    assert read_displacement(None) is None


def test_bad_tables_are_named(table: Path) -> None:
    def refused(*strategy: str, path: Path | None = table, n: int = N) -> str:
        with pytest.raises(DecodingError) as problem:
            read_confounds(path, strategy, n_volumes=n)
        return str(problem.value)

    assert "--confounds none" in refused("motion", path=None)
    assert "40 rows, the run 41 volumes" in refused("motion", n=41)
    assert "no column global_signal (asked for by 'global_signal')" in refused("global_signal")
    assert "no column tcompcor*" in refused("tcompcor*")
    table.with_suffix(".json").write_text("{")
    assert "Copy it beside the table" in refused("compcor")
    table.with_suffix(".json").write_text("{}")
    table.with_suffix(".json").unlink()
    assert "cannot be read" in refused("compcor")
    frame = pd.DataFrame(columns())
    frame.loc[7, "rot_y"] = np.nan
    frame.drop(columns="std_dvars").to_csv(table, sep="\t", index=False, na_rep="n/a")
    assert "rot_y is 'n/a' in row 8" in refused("motion:basic")
    assert "no column std_dvars, which 'scrub' needs" in refused("scrub")
    table.write_text("a\tb\n1\n")
    assert "line 2: 1 values for 2 columns" in refused("motion")
    table.write_bytes(b"a\n\xff\xfe\n")
    assert "cannot be read" in refused("motion")


@pytest.mark.parametrize(
    "strategy",
    [("motion:huge",), ("compcor:0",), ("scrub:x",), ("scrub:-1",), ("none", "motion"), (), ("",)],
)
def test_words_that_cannot_be_meant_are_refused(strategy: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="none"):
        check_strategy(strategy)
