"""What generating costs beyond a template that has nothing in it, in one process.

    python benchmarks/generation.py

Prints the median of the differences, over interleaved pairs.
"""

import json
import statistics
import tempfile
import time
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).parent.parent
PAIRS = 10


def main() -> None:
    """Generate in turn from an empty template and from this one."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        empty = base / "empty"
        (empty / "{{cookiecutter.name}}").mkdir(parents=True)
        (empty / "{{cookiecutter.name}}" / "README.md").touch()
        (empty / "cookiecutter.json").write_text(json.dumps({"name": "x"}))
        config = base / "config.yaml"
        config.write_text(f"replay_dir: {base / 'replay'}\ncookiecutters_dir: {base / 'clones'}\n")

        def seconds(template: Path, number: int) -> float:
            start = time.perf_counter()
            cookiecutter(
                str(template),
                no_input=True,
                output_dir=str(base / f"out-{template.name}-{number}"),
                config_file=str(config),
            )
            return time.perf_counter() - start

        differences = [seconds(ROOT, i) - seconds(empty, i) for i in range(PAIRS)]
    print(f"\ngeneration, beyond an empty template: {statistics.median(differences):.2f} seconds")


if __name__ == "__main__":
    main()
