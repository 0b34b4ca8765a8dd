"""Run every benchmark, one after the other: what ``make bench`` does.

    python benchmarks/run.py [--quick]

Figures are printed and written as JSON beside this file, in ``results``. Use an idle machine.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

BENCHMARKS = {
    "realign_decode": {"full": [], "quick": ["--volumes", "60", "--peer-volumes", "8"]},
    "end_to_end": {"full": [], "quick": ["--volumes", "60"]},
    "express_maps": {"full": [], "quick": ["--rounds", "1"]},
    "train_pcr": {"full": [], "quick": ["--bootstraps", "1000", "--peer-samples", "2"]},
}
"""Every benchmark with its arguments."""


def main() -> int:
    """Run them and tell whether all reached their targets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer volumes, rougher figures")
    kind = "quick" if parser.parse_args().quick else "full"
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    failed = []
    for name, arguments in BENCHMARKS.items():
        print(f"\n== {name}", flush=True)
        command = [sys.executable, str(HERE / f"{name}.py"), *arguments[kind]]
        done = subprocess.run([*command, "--json", str(results / f"{name}.json")], check=False)
        failed += [name] if done.returncode else []
    print(f"\nmissed or failed: {', '.join(failed)}" if failed else "\nall targets reached")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
