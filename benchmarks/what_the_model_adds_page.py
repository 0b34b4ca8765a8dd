"""The page and the picture of what the model adds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy import stats

Rows = list[dict[str, Any]]
METHODS = (
    "DCM",
    "DCM, wide noise prior",
    "rDCM",
    "rDCM, sparse",
    "lagged correlation",
    "partial correlation",
    "full correlation",
)
COLOURS = ("#7b4fa3", "#b48ad0", "#2f6fb0", "#8fb8de", "#2f8f5b", "#b07d2f", "#999999")
OFF = ~np.eye(3, dtype=bool)
NORMAL_90 = 1.6449
N_DRAWS = 2000


def write(rows: Rows, page: Path) -> None:
    """Renew the tables between the marks of a page, and the picture beside it."""
    text = page.read_text()
    for name, table in (
        ("directions", _directions(rows)),
        ("pairs", _lones(rows)),
        ("connections", _connections(rows)),
        ("references", _referred(rows)),
    ):
        before, _, rest = text.partition(f"<!-- {name} -->")
        text = f"{before}<!-- {name} -->\n{table}\n<!-- end -->" + rest.partition("<!-- end -->")[2]
    page.write_text(text)
    _draw(rows, page.with_suffix(".png"))


def _of(rows: Rows, **wanted: Any) -> Rows:
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def _conditions(rows: Rows) -> list[tuple[float, float, float]]:
    """List SNR, spread of vessels, TR of the simulated recordings, the easiest first."""
    found = {(r["snr"], r["vessels"], r["tr_s"]) for r in rows if r["source"] == "simulated"}
    return sorted(found, key=lambda one: (-one[2], -one[0], one[1]))


def _told(condition: tuple[float, float, float]) -> str:
    snr, vessels, tr_s = condition
    return f"SNR {snr:g}, vessels {'alike' if vessels < 0.1 else 'differ'}, TR {tr_s:g} s"


def _in(rows: Rows, condition: tuple[float, float, float]) -> Rows:
    snr, vessels, tr_s = condition
    return _of(rows, source="simulated", snr=snr, vessels=vessels, tr_s=tr_s)


def _right(row: dict[str, Any], target: int = 1, source: int = 0) -> bool:
    """Tell whether the stronger direction (to AI from ACC) is the true one; a tie is not."""
    truth, found = np.array(row["truth"]), np.array(row["direction"])
    return bool((truth[target, source] - truth[source, target]) * found[target, source] > 0)


def _lone(row: dict[str, Any]) -> bool:
    """Tell whether the pair without a connection (ACC and VS) comes out weakest."""
    strength = np.abs(np.array(row["strength"]))
    pair = np.maximum(strength, strength.T)
    return bool(pair[2, 0] < min(pair[1, 0], pair[2, 1]))


def _share(said: list[bool]) -> tuple[float, float, float]:
    """Give a share with its 95 % interval (Wilson)."""
    found = stats.binomtest(sum(said), len(said)).proportion_ci(method="wilson")
    return float(np.mean(said)), float(found.low), float(found.high)


def _percent(said: list[bool]) -> str:
    share, low, high = _share(said)
    return f"{100 * share:.0f} ({100 * low:.0f} to {100 * high:.0f})"


def _bootstrapped(rows: Rows, figure: Callable[[np.ndarray, np.ndarray], float]) -> str:
    """Give a figure of true and found connections with its 95 % interval over recordings."""
    truth = np.array([np.array(row["truth"])[OFF] for row in rows])
    found = np.array([np.array(row["strength"])[OFF] for row in rows])
    rng = np.random.default_rng(0)
    draws = rng.integers(0, len(rows), (N_DRAWS, len(rows)))
    low, high = np.percentile([figure(truth[d], found[d]) for d in draws], [2.5, 97.5])
    return f"{figure(truth, found):.2f} ({low:.2f} to {high:.2f})"


def _error(truth: np.ndarray, found: np.ndarray) -> float:
    return float(np.sqrt(np.mean((truth - found) ** 2)))


def _agreement(truth: np.ndarray, found: np.ndarray) -> float:
    flat = np.ptp(found) == 0
    return 0.0 if flat else float(np.corrcoef(truth.ravel(), found.ravel())[0, 1])


def _covered(rows: Rows) -> str:
    """Give the share of 90 % intervals that hold the truth."""
    held = [
        np.abs(np.array(r["truth"]) - np.array(r["strength"]))[OFF]
        < NORMAL_90 * np.array(r["sd"])[OFF]
        for r in rows
    ]
    return f"{100 * np.mean(held):.0f}"


def _table(head: tuple[str, ...], lines: list[list[str]]) -> str:
    rows = [list(head), ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _directions(rows: Rows) -> str:
    conditions = _conditions(rows)
    lines = []
    for method in METHODS[:-1]:
        mine = _of(rows, method=method)
        if method == "partial correlation":
            lines.append([method, *["has none"] * len(conditions)])
            continue
        lines.append([method, *(_percent([_right(r) for r in _in(mine, c)]) for c in conditions)])
    return _table(("", *map(_told, conditions)), lines)


def _lones(rows: Rows) -> str:
    conditions = _conditions(rows)
    lines = [
        [m, *(_percent([_lone(r) for r in _in(_of(rows, method=m), c)]) for c in conditions)]
        for m in METHODS
    ]
    return _table(("", *map(_told, conditions)), lines)


def _connections(rows: Rows) -> str:
    lines = []
    for method in METHODS:
        mine = _of(rows, method=method, source="simulated")
        model = mine[0]["sd"] is not None
        easy, hard = ([r for r in mine if r["snr"] == snr] for snr in (3.0, 1.0))
        lines.append(
            [
                method,
                *(_bootstrapped(part, _error) if model else "no unit" for part in (easy, hard)),
                *(_bootstrapped(part, _agreement) for part in (easy, hard)),
                *(_covered(part) if model else "" for part in (easy, hard)),
                f"{np.median([r['seconds'] for r in mine if r['tr_s'] == 2.0]):.3f}",
            ]
        )
    head = ("", "error, SNR 3 [Hz]", "error, SNR 1 [Hz]", "r with truth, SNR 3", "SNR 1",
            "in 90 % interval, SNR 3 [%]", "SNR 1 [%]", "median time [s]")  # fmt: skip
    return _table(head, lines)


def _referred(rows: Rows) -> str:
    lines = []
    for method in METHODS[:-1]:
        mine = _of(rows, method=method, source="reference")
        if not mine:
            return ""
        right = sum(_right(r) for r in mine)
        model = mine[0]["sd"] is not None
        edges = [f"{np.mean([r['strength'][i][j] for r in mine]):.2f}" for i, j in ((1, 0), (0, 1))]
        lines.append(
            [
                method,
                "has none" if method == "partial correlation" else f"{right} of {len(mine)}",
                *edges,
                _bootstrapped(mine, _error) if model else "no unit",
            ]
        )
    truth = [np.mean([r["truth"][i][j] for r in mine]) for i, j in ((1, 0), (0, 1))]
    lines.append(["truth", "", *(f"{one:.2f}" for one in truth), ""])
    head = ("", "direction right", "AI<-ACC, mean", "ACC<-AI, mean", "error [Hz]")
    return _table(head, lines)


def _draw(rows: Rows, path: Path) -> None:
    figure = Figure(figsize=(12, 7.6), layout="constrained")
    FigureCanvasAgg(figure)
    top, bottom = figure.subfigures(2, 1, height_ratios=(1, 1.05))
    left, right = top.subplots(1, 2)
    _dots(left, rows, _right, METHODS[:5], "ACC->AI or AI->ACC: direction right", chance=0.5)
    _dots(right, rows, _lone, METHODS, "ACC and VS found to be the unconnected pair", chance=1 / 3)
    handles, labels = right.get_legend_handles_labels()
    top.legend(handles, labels, fontsize=8, frameon=False, loc="outside lower center", ncols=7)
    axes = bottom.subplots(1, 3)
    shown = ("DCM", "rDCM", "lagged correlation")
    for axis, method in zip(axes, shown, strict=True):
        _scatter(axis, _of(rows, method=method, source="simulated", tr_s=2.0), method)
    for axis in (left, right, *axes):
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=8)
    figure.savefig(path, dpi=110)


def _dots(
    axis: Axes,
    rows: Rows,
    judge: Callable[[dict[str, Any]], bool],
    methods: tuple[str, ...],
    title: str,
    *,
    chance: float,
) -> None:
    conditions = _conditions(rows)
    for place, method in enumerate(methods):
        for row, condition in enumerate(conditions):
            share, low, high = _share([judge(r) for r in _in(_of(rows, method=method), condition)])
            x = row + (place - len(methods) / 2 + 0.5) * 0.11
            label = method if row == 0 else None
            axis.plot([x, x], [low, high], color=COLOURS[place], linewidth=1.2)
            axis.plot(x, share, "o", color=COLOURS[place], markersize=5, label=label)
    axis.axhline(chance, color="#777777", linewidth=0.8, linestyle="--")
    edge = axis.get_yaxis_transform()
    axis.text(1.005, chance, "chance", fontsize=7, va="center", transform=edge)
    names = [_told(condition).replace(", ", "\n") for condition in conditions]
    axis.set_xticks(range(len(conditions)), names)
    axis.set_ylim(0, 1.02)
    axis.set_ylabel("share of networks (95 %)", fontsize=9)
    axis.set_title(title, fontsize=11, loc="left", fontweight="bold")


def _scatter(axis: Axes, rows: Rows, method: str) -> None:
    for snr, colour in ((1.0, "#b0b0b0"), (3.0, "#7b4fa3")):
        mine = [r for r in rows if r["snr"] == snr]
        truth = [r["truth"][1][0] - r["truth"][0][1] for r in mine]
        found = [r["direction"][1][0] for r in mine]
        axis.plot(truth, found, "o", color=colour, markersize=3.5, label=f"SNR {snr:g}", alpha=0.8)
    axis.axhline(0, color="#777777", linewidth=0.8)
    axis.axvline(0, color="#777777", linewidth=0.8)
    axis.set_title(method, fontsize=10, loc="left", fontweight="bold")
    axis.set_xlabel("true AI<-ACC less ACC<-AI [Hz]", fontsize=8)
    unit = "" if "correlation" in method else " [Hz]"
    axis.set_ylabel(f"found{unit}", fontsize=8)
    axis.legend(fontsize=7, frameon=False, loc="upper left")
