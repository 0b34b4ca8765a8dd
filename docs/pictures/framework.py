"""Draw the framework with the defaults of its parameters.

python docs/pictures/framework.py
"""

from __future__ import annotations

from pathlib import Path

from empatune.reports.framework_picture import path_diagram

if __name__ == "__main__":
    figure = path_diagram(title="Motivated empathy as a model")
    figure.savefig(Path(__file__).with_name("framework.png"), dpi=100)
