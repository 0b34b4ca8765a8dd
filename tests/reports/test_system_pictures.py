"""Figure 1: the component systems on glass brains and in slices."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.figure import Figure

from empatune.preparation.template import load_template
from empatune.reports.figure import colour
from empatune.reports.system_pictures import SLICES, VIEWS, draw_figure
from empatune.systems import SYSTEMS, masks


@pytest.fixture(scope="module")
def whole() -> Figure:
    return draw_figure(SYSTEMS)


def _names(drawing: Figure) -> dict[str, list[str]]:
    return {
        axes.get_title(): [text.get_text() for text in axes.texts]
        for axes in drawing.axes
        if axes.get_title()
    }


def test_every_region_is_named_where_it_is_drawn(whole: Figure) -> None:
    texts = [text for axes in whole.axes for text in axes.texts]
    named = {text.get_text().replace(",", "/").split("/")[0]: text for text in texts}
    for system in SYSTEMS:
        for region in system.regions:
            assert named[region.name].get_color() == colour(system.name)


def test_names_do_not_overlap_and_stay_in_the_picture(whole: Figure) -> None:
    whole.canvas.draw()
    renderer = whole.canvas.get_renderer()  # type: ignore[attr-defined]
    texts = [text for axes in whole.axes for text in axes.texts] + whole.texts
    texts += [axes.title for axes in whole.axes]
    boxes = [(t.get_text(), _box(t, renderer)) for t in texts if t.get_text().strip()]
    assert len(boxes) > 20
    frame = whole.bbox
    for words, box in boxes:
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1, words
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        assert not a.overlaps(b), (one, other)


def _box(text: object, renderer: object) -> object:
    from matplotlib.text import Text

    return Text.get_window_extent(text, renderer)  # type: ignore[arg-type]  # without its line


def test_a_line_ends_in_its_region() -> None:
    template = load_template()
    smooth = masks(template.grid, by="hemisphere", shape="probability")
    for view in VIEWS:
        for name in view.names:
            region = name.region.replace(",", "/").split("/")[0]
            parts = [
                m for key, m in smooth.items() if key in view.masks and key.split()[0] == region
            ]
            seen = np.max(parts, axis=(0, 1))
            y, z = (
                round((value - template.grid.affine[a, 3]) / template.grid.affine[a, a])
                for a, value in ((1, name.to[0]), (2, name.to[1]))
            )
            assert seen[y, z] > 0.1, (view.title, name.region)


def test_every_region_shows_in_a_slice() -> None:
    template = load_template()
    smooth = masks(template.grid, by="region", shape="probability")
    for name, mask in smooth.items():
        shown = []
        for direction, place in SLICES:
            axis = "xyz".index(direction)
            plane = round(
                (place - template.grid.affine[axis, 3]) / template.grid.affine[axis, axis]
            )
            shown.append(mask.take(plane, axis=axis).max())
        assert max(shown) > 0.3, name


def test_one_system_alone_leaves_out_what_it_does_not_have() -> None:
    concern = draw_figure([SYSTEMS[2]])
    titles = list(_names(concern))
    assert "medial" in titles
    assert "left, lateral" not in titles
    assert len(titles) < 1 + len(SLICES)
    texts = {text.get_text() for axes in concern.axes for text in axes.texts}
    assert {"VS, NAcc", "VTA", "mOFC"} <= texts
    assert not {"AI", "TPJ"} & texts
