"""The ways in which answers reach the template, each as a real process."""

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
from cookiecutter_flask_cors.template import questions

if TYPE_CHECKING:
    import subprocess

Done: TypeAlias = "subprocess.CompletedProcess[str]"


@dataclass(frozen=True)
class User:
    """A user with a template, a folder for projects and a configuration of their own."""

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
        """Run Python next to the template, without colours and with long lines."""
        plain = {"COLUMNS": "1000", "TERM": "dumb", "NO_COLOR": "1", "PYTHONUTF8": "1"}
        cwd = cwd or self.template.parent
        environ = plain | dict(environ or {})
        return run(sys.executable, *arguments, cwd=cwd, typed=typed, environ=environ)


def command_line(user: User, answers: Answers) -> Done:
    return user.cookiecutter(user.template, "--no-input", "-f", *_pairs(answers))


def without_hooks(user: User, answers: Answers) -> Done:
    options = ("--no-input", "-f", "--accept-hooks", "no")
    return user.cookiecutter(user.template, *options, *_pairs(answers))


def relative_path(user: User, answers: Answers) -> Done:
    return user.cookiecutter(f"./{user.template.name}", "--no-input", "-f", *_pairs(answers))


def private_key(user: User, answers: Answers) -> Done:
    return command_line(user, answers | {"__checked": "x"})


def user_configuration(user: User, answers: Answers) -> Done:
    with user.config.open("a", encoding="utf-8") as file:
        # YAML reads JSON, but for its surrogate pairs.
        file.write(f"default_context: {json.dumps(answers, ensure_ascii=False)}\n")
    return user.cookiecutter(user.template, "--no-input", "-f")


def replay_file(user: User, answers: Answers) -> Done:
    """Replay what cookiecutter recorded, edited."""
    return _replay(user, _recorded(user, answers))


def replay_file_without_settings(user: User, answers: Answers) -> Done:
    """Replay what cookiecutter recorded, without its private keys."""
    recorded = _recorded(user, answers)
    return _replay(user, {key: recorded[key] for key in recorded if not key.startswith("_")})


def replay_file_cut_short(user: User, answers: Answers) -> Done:
    """Replay what cookiecutter recorded, without the key that checks it."""
    recorded = _recorded(user, answers)
    del recorded["__checked"]
    return _replay(user, recorded)


def replay_file_by_hand(user: User, answers: Answers) -> Done:
    """Replay answers alone, without cookiecutter's private keys."""
    given = {
        key: value[0] if isinstance(value, list) else value for key, value in questions().items()
    }
    given |= {"package_name": "my_api", "project_slug": "my-api"} | answers
    return _replay(user, given)


def zip_file(user: User, answers: Answers) -> Done:
    archive = user.config.parent / "template.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in [user.template, *sorted(user.template.rglob("*"))]:
            if ".git" not in path.parts:
                file.write(path, path.relative_to(user.template.parent))
    return user.cookiecutter(archive, "--no-input", "-f", *_pairs(answers))


def git_url(user: User, answers: Answers) -> Done:
    url = f"git+{user.template.as_uri()}"
    return user.cookiecutter(url, "--no-input", "-f", *_pairs(answers))


def python_api(user: User, answers: Answers) -> Done:
    call = (
        "import json, sys; from cookiecutter.main import cookiecutter; "
        "_, template, out, config, answers = sys.argv; "
        "cookiecutter(template, no_input=True, overwrite_if_exists=True, output_dir=out, "
        "config_file=config, extra_context=json.loads(answers))"
    )
    where = (user.template, user.out, user.config)
    return user.run("-c", call, *where, json.dumps(answers))


def cruft_create(user: User, answers: Answers) -> Done:
    where = ("--output-dir", user.out, "--config-file", user.config)
    options = ("--no-input", "--overwrite-if-exists", "--extra-context", json.dumps(answers))
    return user.run("-m", "cruft", "create", user.template, *where, *options)


INVOCATIONS: dict[str, Callable[[User, Answers], Done]] = {
    "command line": command_line,
    "without hooks": without_hooks,
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


def repository(folder: Path) -> Path:
    """Make a git repository of a folder."""
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "As it is")


def git(folder: Path, *arguments: str | Path) -> str:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    line_ends = ("-c", "core.autocrlf=false", "-c", "init.defaultBranch=main")
    done = run("git", *who, *line_ends, *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _pairs(answers: Answers) -> list[str]:
    return [f"{key}={value}" for key, value in answers.items()]


_records: dict[Path, Answers] = {}  # by template


def _recorded(user: User, answers: Answers) -> Answers:
    """Return what cookiecutter records for a replay, with these answers in it."""
    if user.template not in _records:
        assert command_line(user, {"project_slug": "recorded"}).returncode == 0
        shutil.rmtree(user.out / "recorded")
        (file,) = (user.config.parent / "replay").glob("*.json")
        _records[user.template] = json.loads(file.read_text(encoding="utf-8"))["cookiecutter"]
    names = {"package_name": "my_api", "project_slug": "my-api"}
    return _records[user.template] | names | answers


def _replay(user: User, answers: Answers) -> Done:
    file = user.config.parent / "edited.json"
    file.write_text(json.dumps({"cookiecutter": answers}), encoding="utf-8")
    return user.cookiecutter(user.template, "-f", "--replay-file", file)
