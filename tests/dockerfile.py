"""A Dockerfile carried out without a container: its instructions, in a folder instead of an image.

All stages share that folder, and the images that they start from are this machine.
"""

import json
import re
import shutil
import sys
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from conftest import run


@dataclass
class Stage:
    """The state that instructions have led to so far."""

    root: Path
    env: dict[str, str]
    folder: str = "/"
    labels: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)  # USER, CMD and the like

    def path(self, name: str) -> Path:
        """Return where the folder has what the image has there."""
        return self.root / (name if name.startswith("/") else f"{self.folder}/{name}").lstrip("/")

    def moved(self, text: str) -> str:
        """Return a value with the image's /opt where the folder has it."""
        return re.sub(r"(^|:)/opt/", rf"\g<1>{self.root}/opt/", text)

    def environ(self) -> dict[str, str]:
        return {key: self.moved(value) for key, value in self.env.items()}

    def command(self, name: str) -> list[str]:
        """Return the words of an instruction's exec form."""
        text = self.settings[name]
        return [self.moved(word) for word in json.loads(text[text.index("[") :])]


def build(project: Path, root: Path) -> Stage:
    """Carry out every instruction, and return the last stage. Raises RuntimeError if RUN fails."""
    path = {"PATH": f"{Path(sys.base_prefix) / 'bin'}:/usr/bin:/bin"}
    stages: dict[str, Stage] = {}
    stage = Stage(root, path)
    for name, rest in instructions((project / "Dockerfile").read_text(encoding="utf-8")):
        if name == "FROM":
            stage = stages[rest.partition(" AS ")[2]] = Stage(root, dict(path))
        elif name == "ENV":
            stage.env |= pairs(rest.replace("$PATH", stage.env["PATH"]))
        elif name == "LABEL":
            stage.labels |= pairs(rest)
        elif name == "WORKDIR":
            stage.folder = rest
            stage.path("").mkdir(parents=True, exist_ok=True)
        elif name == "COPY" and rest.startswith("--from="):
            _copy_between(stages, stage, rest)
        elif name == "COPY":
            _copy(project, stage, rest)
        elif name == "RUN":
            _run(stage, rest)
        else:
            stage.settings[name] = rest
    return stage


def instructions(text: str) -> list[tuple[str, str]]:
    """Return the name and the rest of each instruction."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    parts = [line.partition(" ") for line in joined.split("\n") if line]
    return [(name, rest) for name, _, rest in parts]


def pairs(text: str) -> dict[str, str]:
    """Read what follows ENV or LABEL: keys and values, in quotes or not, and nothing escaped."""
    word = r'([^\s="]+)=("[^"\\]*"|[^\s"\\]*)(?:\s+|$)'
    assert re.fullmatch(f"(?:{word})+", text), text
    return {key: value.strip('"') for key, value in re.findall(word, text)}


def context(project: Path) -> list[str]:
    """Return the files that .dockerignore lets through; the last line that matches decides."""
    lines = (project / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    paths = [path for path in project.rglob("*") if path.is_file()]
    names = [path.relative_to(project).as_posix() for path in paths]
    return sorted(name for name in names if not _ignored(name.split("/"), rules))


def _ignored(parts: list[str], rules: list[str]) -> bool:
    ignored = False
    for rule in rules:
        pattern = rule.removeprefix("!")
        if pattern.startswith("**/"):
            matches = any(fnmatchcase(part, pattern[3:]) for part in parts)
        else:
            matches = fnmatchcase("/".join(parts[: pattern.count("/") + 1]), pattern)
        if matches:
            ignored = rule == pattern
    return ignored


def _copy(project: Path, stage: Stage, rest: str) -> None:
    *sources, target = rest.split()
    sent = context(project)
    for source in sources:
        files = {name: Path(name).name for name in sent if fnmatchcase(name, source)}
        inside = [name for name in sent if name.startswith(f"{source}/")]
        files |= {name: name.removeprefix(f"{source}/") for name in inside}
        assert files or "*" in source, f"{source} is not in the context"
        for name, inner in files.items():
            there = stage.path(target) / inner
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(project / name, there)


def _copy_between(stages: dict[str, Stage], stage: Stage, rest: str) -> None:
    origin, source, target = rest.removeprefix("--from=").split()
    if origin == "uv":
        stage.env["PATH"] += f":{Path(sys.executable).parent}"  # where the tests have it
    else:
        assert origin in stages
        assert source == target, "all stages share one folder"
        assert stage.path(source).exists()


def _run(stage: Stage, command: str) -> None:
    command = re.sub(r"^(--mount=\S+ +)+", "", command)
    done = run("sh", "-ec", command, cwd=stage.path(""), environ=stage.environ())
    if done.returncode:
        raise RuntimeError(done.stderr)
