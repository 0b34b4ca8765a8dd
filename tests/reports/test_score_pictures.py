"""The page of scores: what stands on it, and which dots are hollow."""

from __future__ import annotations

import pytest

from empatune.reports.score_pictures import render_scores


def _row(image: str, signature: str, cosine: float, coverage: float) -> dict[str, object]:
    return {
        "image": image,
        "volume": 0,
        "signature": signature,
        "dot": 10 * cosine,
        "cosine": cosine,
        "correlation": cosine,
        "coverage_voxels": 1.0,
        "coverage_weight": coverage,
    }


@pytest.fixture
def rows():
    return [
        _row(f"{number}.nii.gz", name, 0.1 * number, 0.7 if number == 2 else 0.99)
        for number in range(4)
        for name in ("care", "<own> map")
    ]


def test_a_page_tells_scores_coverage_and_warnings(rows) -> None:
    html = render_scores(rows, warnings=["2 images miss a part"], min_coverage=0.9)
    for part in (
        "care",
        "&lt;own&gt; map",
        "2.nii.gz",
        "0.7",
        "2 images miss a part",
        "4 for each",
    ):
        assert part in html
    assert "<own>" not in html
    assert html.count("fill: none; stroke: var(--care)") >= 1
    assert "http" not in html.replace("http://www.w3.org", "")


def test_whole_images_have_no_hollow_dot(rows) -> None:
    whole = [row | {"coverage_weight": 0.99} for row in rows]
    count = "fill: none; stroke: var(--care)"
    few, none = (render_scores(each, min_coverage=0.9).count(count) for each in (rows, whole))
    assert few > none


def test_an_unknown_score_is_left_out(rows) -> None:
    nothing = [row | {"cosine": float("nan"), "coverage_voxels": 0.0} for row in rows]
    html = render_scores(nothing, min_coverage=0.9)
    assert ">nan<" not in html
    assert "0.00</td>" in html
