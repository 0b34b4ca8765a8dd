r"""Equations of models as plain text: ``\alpha (r - Q)`` as α (r - Q)."""

from __future__ import annotations

import re

_WORDS = {
    "leftarrow": "←", "gets": "←", "rightarrow": "→", "to": "→", "sim": "~", "cdot": "·",
    "times": "×", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠",
    "approx": "≈", "propto": "∝", "in": "∈", "sum": "Σ", "prod": "Π", "infty": "∞", "pm": "±",
    "partial": "∂", "int": "∫", "mid": "|", "vert": "|", "lvert": "|", "rvert": "|", "ldots": "…",
    "dots": "…", "cdots": "…", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ",
    "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ", "kappa": "κ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Delta": "Δ",
    "Gamma": "Γ", "Lambda": "Λ", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
"""Commands of LaTeX that are one letter or sign."""

_SILENT = ("left", "right", "big", "Big", "bigl", "bigr", "displaystyle")
_BARE = ("mathrm", "text", "mathcal", "operatorname", "mathit", "textrm")


def readable(equations: str) -> str:
    """
    Write equations so that they can be read in a terminal.

    Parameters
    ----------
    equations : str
        LaTeX.

    Returns
    -------
    str
        Plain text, an equation a line.
    """
    lines = [_line(part) for part in split(equations)]
    return "\n".join(line for line in lines if line)


def split(equations: str) -> list[str]:
    r"""
    Take equations apart where a ``\\`` or ``\quad`` stands between them.

    Parameters
    ----------
    equations : str
        LaTeX.

    Returns
    -------
    list of str
        LaTeX, an equation each.
    """
    bare = re.sub(r"\\(begin|end)\{[a-z*]+\}|&", "", equations)
    if "cases" in equations or "aligned" not in equations:
        bare = bare.replace("\n", " ")
    parts = re.split(r"\\\\|,?\s*\\q?quad", bare)
    return [part.strip().rstrip(",").strip() for part in parts if part.strip(" ,\n")]


def _line(latex: str) -> str:
    """Write one equation."""
    text = re.sub(rf"\\(?:{'|'.join(_SILENT)})(?![a-zA-Z])", "", latex)
    text = re.sub(rf"\\(?:{'|'.join(_BARE)})\s*\{{([^{{}}]*)\}}", r"\1", text)
    for _ in range(4):  # fractions may stand in fractions
        text = re.sub(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", _fraction, text)
        text = re.sub(r"\\sqrt\s*\{([^{}]*)\}", r"√(\1)", text)
        text = re.sub(r"\\(?:hat|bar|tilde)\s*\{?(\\?[a-zA-Z]+)\}?", r"\1", text)
        text = re.sub(r"([_^])\{([^{}]*)\}", _script, text)
    text = re.sub(r"\\([a-zA-Z]+)", lambda found: _WORDS.get(found[1], found[1]), text)
    text = re.sub(r"\\[,;:! ]", " ", text).replace("\\", "").replace("{", "").replace("}", "")
    return " ".join(text.split())


def _fraction(found: re.Match[str]) -> str:
    """Write a fraction, with brackets where they are needed."""
    over, under = found[1].strip(), found[2].strip()
    sides = [side if re.fullmatch(r"\\?\w+", side) else f"({side})" for side in (over, under)]
    return " / ".join(sides)


def _script(found: re.Match[str]) -> str:
    """Write an index or exponent, with brackets where it is more than a word."""
    inner = found[2].strip()
    plain = re.fullmatch(r"\\?\w+|[-+]", inner)
    return f"{found[1]}{inner}" if plain else f"{found[1]}({inner})"
