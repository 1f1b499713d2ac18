"""The roads by which answers reach the template, each as a real process."""

import json
import shutil
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from combinations import Answers
from conftest import run
from cookiecutter_flask_cors.template import PROJECT, ROOT, questions

if TYPE_CHECKING:
    import subprocess

Done: TypeAlias = "subprocess.CompletedProcess[str]"


@dataclass(frozen=True)
class Traveller:
    """Somebody with a template, a folder for projects and a configuration of their own."""

    template: Path  # a git repository
    out: Path
    config: Path

    def cookiecutter(
        self, *arguments: str | Path, typed: str = "", environ: Mapping[str, str] | None = None
    ) -> Done:
        where = ("--output-dir", self.out, "--config-file", self.config)
        command = ("-m", "cookiecutter", *where, *arguments)
        return self.run(*command, typed=typed, environ=environ)

    def run(
        self,
        *arguments: str | Path,
        cwd: Path | None = None,
        typed: str = "",
        environ: Mapping[str, str] | None = None,
    ) -> Done:
        """Run Python next to the template, with no colours and long lines."""
        plain = {"COLUMNS": "1000", "TERM": "dumb", "NO_COLOR": "1", "PYTHONUTF8": "1"}
        cwd = cwd or self.template.parent
        environ = plain | dict(environ or {})
        return run(sys.executable, *arguments, cwd=cwd, typed=typed, environ=environ)


def command_line(they: Traveller, answers: Answers) -> Done:
    return they.cookiecutter(they.template, "--no-input", "-f", *_pairs(answers))


def relative_path(they: Traveller, answers: Answers) -> Done:
    return they.cookiecutter(f"./{they.template.name}", "--no-input", "-f", *_pairs(answers))


def private_key(they: Traveller, answers: Answers) -> Done:
    return command_line(they, answers | {"__checked": "x"})


def user_configuration(they: Traveller, answers: Answers) -> Done:
    with they.config.open("a", encoding="utf-8") as file:
        # YAML reads JSON, but for its surrogate pairs.
        file.write(f"default_context: {json.dumps(answers, ensure_ascii=False)}\n")
    return they.cookiecutter(they.template, "--no-input", "-f")


def replay_file(they: Traveller, answers: Answers) -> Done:
    """Replay what cookiecutter recorded, edited."""
    return _replay(they, _recorded(they, answers))


def replay_file_without_settings(they: Traveller, answers: Answers) -> Done:
    """Replay what cookiecutter recorded, without its private keys."""
    recorded = _recorded(they, answers)
    return _replay(they, {key: it for key, it in recorded.items() if not key.startswith("_")})


def replay_file_cut_short(they: Traveller, answers: Answers) -> Done:
    """Replay what cookiecutter recorded, without the key that checks it."""
    recorded = _recorded(they, answers)
    del recorded["__checked"]
    return _replay(they, recorded)


def replay_file_by_hand(they: Traveller, answers: Answers) -> Done:
    """Replay answers alone, without cookiecutter's private keys."""
    given = {key: it[0] if isinstance(it, list) else it for key, it in questions().items()}
    given |= {"package_name": "my_api", "project_slug": "my-api"} | answers
    return _replay(they, given)


def zip_file(they: Traveller, answers: Answers) -> Done:
    archive = they.config.parent / "template.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in [they.template, *sorted(they.template.rglob("*"))]:
            if ".git" not in path.parts:
                file.write(path, path.relative_to(they.template.parent))
    return they.cookiecutter(archive, "--no-input", "-f", *_pairs(answers))


def git_url(they: Traveller, answers: Answers) -> Done:
    url = f"git+{they.template.as_uri()}"
    return they.cookiecutter(url, "--no-input", "-f", *_pairs(answers))


def python_api(they: Traveller, answers: Answers) -> Done:
    call = (
        "import json, sys; from cookiecutter.main import cookiecutter; "
        "_, template, out, config, answers = sys.argv; "
        "cookiecutter(template, no_input=True, overwrite_if_exists=True, output_dir=out, "
        "config_file=config, extra_context=json.loads(answers))"
    )
    where = (they.template, they.out, they.config)
    return they.run("-c", call, *where, json.dumps(answers))


def cruft_create(they: Traveller, answers: Answers) -> Done:
    where = ("--output-dir", they.out, "--config-file", they.config)
    options = ("--no-input", "--overwrite-if-exists", "--extra-context", json.dumps(answers))
    return they.run("-m", "cruft", "create", they.template, *where, *options)


ROADS: dict[str, Callable[[Traveller, Answers], Done]] = {
    "command line": command_line,
    "relative path": relative_path,
    "private key on the command line": private_key,
    "user's configuration": user_configuration,
    "edited replay file": replay_file,
    "replay file cut short": replay_file_cut_short,
    "replay file without settings": replay_file_without_settings,
    "replay file written by hand": replay_file_by_hand,
    "zip": zip_file,
    "git URL": git_url,
    "Python API": python_api,
    "cruft": cruft_create,
}


def copy_template(to: Path) -> Path:
    """Put the template into a git repository of its own."""
    for name in ("cookiecutter_flask_cors", "hooks", PROJECT.name):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("cookiecutter.json", ".gitattributes"):
        shutil.copy(ROOT / name, to)
    git(to, "init", "--quiet")
    commit(to)
    return to


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "As it is")


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    line_ends = ("-c", "core.autocrlf=false", "-c", "init.defaultBranch=main")
    done = run("git", *who, *line_ends, *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr


def _pairs(answers: Answers) -> list[str]:
    return [f"{key}={value}" for key, value in answers.items()]


def _recorded(they: Traveller, answers: Answers) -> Answers:
    assert command_line(they, {"project_slug": "recorded"}).returncode == 0
    shutil.rmtree(they.out / "recorded")
    (file,) = (they.config.parent / "replay").glob("*.json")
    recorded: Answers = json.loads(file.read_text(encoding="utf-8"))["cookiecutter"]
    return recorded | {"package_name": "my_api", "project_slug": "my-api"} | answers


def _replay(they: Traveller, answers: Answers) -> Done:
    file = they.config.parent / "edited.json"
    file.write_text(json.dumps({"cookiecutter": answers}), encoding="utf-8")
    return they.cookiecutter(they.template, "-f", "--replay-file", file)
