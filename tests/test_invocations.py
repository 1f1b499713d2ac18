"""Whichever way the answers come, the same is refused, and the same is generated."""

import json
import os
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cookiecutter.exceptions import FailedHookException
from cookiecutter.main import cookiecutter

from combinations import Answers
from conftest import Bake, Generate, copy_template, run, tree
from cookiecutter_flask_cors.template import EXTENSION, PROJECT, questions
from invocations import (
    INVOCATIONS,
    Done,
    User,
    command_line,
    commit,
    cruft_create,
    git,
    repository,
    zip_file,
)

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")

Invocation = Callable[[User, Answers], Done]

every_invocation = pytest.mark.parametrize("invoke", INVOCATIONS.values(), ids=INVOCATIONS.keys())
WITH_HOOKS = {name: invoke for name, invoke in INVOCATIONS.items() if name != "without hooks"}

GOOD = {"author_name": 'O\'Brien "日本" $HOME', "cors_policy": "mixed", "license": "MIT"}
BAD = GOOD | {
    "project_slug": "../other",
    "package_name": "class",
    "description": "{{ 7*7 }}\u2028text",
    "frontend_origins": "https://app.example.com/",
}
PROBLEMS = r"""
project_slug: '../other' is not made of lower-case letters, digits and inner hyphens; write 'other'
package_name: 'class' is a keyword of Python; write 'class_api'
description: '{{ 7*7 }}\u2028text' has a character that cannot be printed, U+2028; leave it out
frontend_origins: 'https://app.example.com/' has a path; write 'https://app.example.com'
""".strip().splitlines()
AGAIN = "To be asked again, with the answers that were right:"

# Answers that run nothing and survive unchanged, although cookiecutter renders answers.
ODD = {
    "project_name": "{{ 7*7 }} {% raw %} {# x #} \"'\\",
    "project_slug": "odd",
    "package_name": "odd",
    "description": "{{ cookiecutter.__class__ }} {{cookiecutter.project_slug}} # {% if x %}",
    "author_name": "{{ cycler.__init__.__globals__.os.system('exit 1') }} 日本 🚀",
    "license": "BSD-3-Clause",
}


@pytest.fixture(scope="session")
def template_repository(template: Path) -> Path:
    return repository(template)


@pytest.fixture
def user(template_repository: Path, tmp_path: Path) -> User:
    home = tmp_path / "home"
    home.mkdir()
    config = home / "config.yaml"
    config.write_text(
        f"cookiecutters_dir: '{home / 'templates'}'\nreplay_dir: '{home / 'replay'}'\n",
        encoding="utf-8",
    )
    return User(template_repository, tmp_path / "projects" / "out", config)


@every_invocation
def test_refused(invoke: Invocation, user: User) -> None:
    """Every problem and the next command are printed, and no traceback in front of them."""
    sibling = user.out.parent / "other"
    sibling.mkdir(parents=True)
    (sibling / "precious.txt").write_text("mine", encoding="utf-8")
    done = invoke(user, BAD)
    *lines, command = (done.stdout + done.stderr).splitlines()
    assert lines == [*PROBLEMS, "", AGAIN]
    assert done.returncode == 1
    assert tree(user.out.parent) == {"other/precious.txt": b"mine"}
    assert "author_name" in command
    assert "project_slug" not in command


def test_refused_answer_to_no_question(user: User) -> None:
    answers = {"cors_polcy": "mixed", "wheels": "4", "license": "BSD-3-Clause"}
    done = command_line(user, answers)
    *lines, command = (done.stdout + done.stderr).splitlines()
    assert lines == [
        "cors_polcy: 'mixed' answers no question; write cors_policy",
        "wheels: '4' answers no question; leave it out",
        "",
        AGAIN,
    ]
    assert command.endswith(" license=BSD-3-Clause")
    assert "polcy" not in command
    assert not user.out.exists()


@pytest.mark.skipif(os.name == "nt", reason="the command is for another shell")
@pytest.mark.parametrize("name", ["command line", "edited replay file", "Python API", "cruft"])
def test_refused_command_repeats_the_good_answers(name: str, user: User, bake: Bake) -> None:
    command = shlex.split((done := INVOCATIONS[name](user, BAD)).stderr + done.stdout)
    command = command[command.index("right:") + 1 :]
    if name == "Python API":  # it knows the template and the answers, and no command line
        assert command[0] == "cookiecutter"
        command = [str(user.template), "-o", str(user.out), "--config-file", str(user.config)]
        command = ["-m", "cookiecutter", *command, *shlex.split(done.stderr)[-2:]]
    else:
        command = command[1:]
    done = user.run(*command, typed="\n" * len(questions()))
    assert done.returncode == 0, done.stdout + done.stderr
    generated = tree(user.out / "my-api")
    generated.pop(".cruft.json", None)
    assert generated == bake(**GOOD).files()


@pytest.mark.parametrize("invoke", WITH_HOOKS.values(), ids=WITH_HOOKS.keys())
def test_generated(invoke: Invocation, user: User, bake: Bake) -> None:
    done = invoke(user, ODD)
    assert done.returncode == 0, done.stdout + done.stderr
    generated = tree(user.out / "odd")
    generated.pop(".cruft.json", None)
    assert generated == bake(**ODD).files()
    assert ODD["author_name"].encode() in generated["LICENSE"]


def test_generated_without_hooks_has_the_chosen_files(user: User, bake: Bake) -> None:
    answers = {"cors_policy": "mixed", "license": "Apache-2.0", "deploy": "kubernetes"}
    assert INVOCATIONS["without hooks"](user, answers).returncode == 0
    generated = tree(user.out / "my-api")
    expected = bake(**answers).files()
    del expected[".env"]
    assert generated == expected


OURS = "needs_cookiecutter_2_7.TemplateExtension"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("_jinja2_env_vars", {}, "'{}' is not what the template sets"),
        ("_jinja2_env_vars", {"autoescape": True}, "'{\\'autoescape\\': True}' is not what "),
        ("_jinja2_env_vars", {"variable_start_string": "[["}, "'{\\'variable_start_string\\': "),
        ("_jinja2_env_vars", {"line_comment_prefix": "{{"}, "'{\\'line_comment_prefix\\': "),
        ("_extensions", [OURS, "jinja2.ext.do"], f"'[\\'{OURS}\\', "),
        ("_copy_without_render", ["*"], "'[\\'*\\']' is not what the template sets"),
        ("_copy_without_render", None, "'None' is not what the template sets"),
        ("_new_lines", "\r\n", "'\\r\\n' is no setting of this template"),
    ],
)
def test_refused_settings_of_a_replay_file(
    key: str, value: object, message: str, template: Path, given: Answers, tmp_path: Path
) -> None:
    (tmp_path / "replay.json").write_text(json.dumps({"cookiecutter": given | {key: value}}))
    with pytest.raises(FailedHookException) as refusal:
        cookiecutter(str(template), replay=str(tmp_path / "replay.json"), output_dir=str(tmp_path))
    line, *_ = str(refusal.value).splitlines()
    assert line.startswith(f"{key}: {message}")
    assert line.endswith("; leave it out")
    assert [path.name for path in tmp_path.iterdir()] == ["replay.json"]


def test_refused_settings_of_a_user_s_configuration(user: User) -> None:
    done = INVOCATIONS["user's configuration"](user, {"_jinja2_env_vars": {"trim_blocks": False}})
    assert done.returncode == 1
    assert (done.stdout + done.stderr).startswith("_jinja2_env_vars: '")
    assert not user.out.exists()


def test_cookiecutter_s_own_keys_are_ignored(user: User) -> None:
    keys = ("_vcs", "_commit", "_template", "_output_dir", "_new_key")
    assert INVOCATIONS["edited replay file"](user, dict.fromkeys(keys, "x")).returncode == 0


def test_a_folder_that_exists_is_refused_with_the_option(user: User, generate: Generate) -> None:
    generate(user.out)
    before = tree(user.out)
    done = user.cookiecutter(user.template, "--no-input", "cors_policy=mixed")
    assert done.returncode == 1
    line, _, _, command = done.stdout.splitlines()
    assert line == (
        f"project_slug: 'my-api' is there already, in {user.out}; choose another name, or add -f "
        "to write over its files (.env is kept)"
    )
    assert command.endswith(" cors_policy=mixed")
    assert tree(user.out) == before


@pytest.mark.skipif(os.name == "nt", reason="arguments are Unicode there")
def test_a_terminal_of_another_encoding(user: User) -> None:
    environ = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    arguments = (user.template, "--no-input", "author_name=Łukasz")
    done = user.cookiecutter(*arguments, environ=environ)
    assert (done.returncode, done.stderr) == (1, "")
    line, *_ = done.stdout.splitlines()
    assert line.endswith("as your terminal's encoding is not UTF-8; set PYTHONUTF8=1")
    assert user.cookiecutter(*arguments, environ=environ | {"PYTHONUTF8": "1"}).returncode == 0


def test_callers_of_the_python_api_can_catch_a_refusal(user: User) -> None:
    script = (
        "from cookiecutter.exceptions import FailedHookException\n"
        "from cookiecutter.main import cookiecutter\n"
        "import sys\n"
        "for _ in range(2):\n"
        "    try:\n"
        "        cookiecutter(sys.argv[1], no_input=True, config_file=sys.argv[2],\n"
        "            extra_context={'project_slug': '../other'})\n"
        "    except FailedHookException as refusal:\n"
        "        print(str(refusal).splitlines()[0])\n"
        "raise ValueError('of their own')\n"
    )
    done = user.run("-c", script, user.template, user.config)
    assert done.stdout.splitlines() == PROBLEMS[:1] * 2
    assert done.stderr.startswith("Traceback ")
    assert done.stderr.endswith("ValueError: of their own\n")


def test_pressing_enter_throughout(user: User, bake: Bake) -> None:
    done = user.cookiecutter(user.template, typed="\n" * len(questions()))
    assert done.returncode == 0, done.stdout + done.stderr
    assert tree(user.out / "my-api") == bake().files()


# The number of each choice that is not the default, and that choice.
TYPED = {
    "license": ("3", "BSD-3-Clause"),
    "cors_policy": ("2", "mixed"),
    "frontend_origins": ("none", "none"),
    "cors_supports_credentials": ("yes", True),
    "deploy": ("2", "kubernetes"),
    "ci": ("2", "gitlab"),
}


def test_typed_answers(user: User, bake: Bake) -> None:
    answers: Answers = ODD | {key: answer for key, (_, answer) in TYPED.items()}
    typed = ODD | {key: text for key, (text, _) in TYPED.items()}
    lines = [typed.get(key, "") for key in questions()]
    done = user.cookiecutter(user.template, typed="\n".join(lines) + "\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert tree(user.out / "odd") == bake(**answers).files()


def test_typed_answers_are_refused_at_the_end(user: User) -> None:
    typed = "Flask\nflask\n\n\a" + "\n" * len(questions())
    done = user.cookiecutter(user.template, typed=typed)
    assert done.returncode == 1
    *_, first, second, _, _, command = done.stdout.splitlines()
    assert first.endswith(
        "project_slug: 'flask' is a distribution the project depends on; write 'flask-api'"
    )
    assert second.startswith("description: '\\x07' has a character that cannot be printed")
    assert command.endswith(" project_name=Flask")
    assert not user.out.exists()


def test_an_output_folder_with_jinja_in_its_name(user: User, bake: Bake) -> None:
    out = user.out / "{{ 7*7 }} 日本"
    done = user.cookiecutter(user.template, "--no-input", "--output-dir", out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert tree(out / "my-api") == bake().files()


FOLDERS = (
    "LICENSE-x",
    "auth_session.py",
    "{{cookiecutter.project_slug}}",
    "{{cookiecutter.package_name}}",
)


@pytest.mark.parametrize("name", FOLDERS)
def test_an_output_folder_called_like_a_file_of_the_template(
    name: str, user: User, bake: Bake, tmp_path: Path
) -> None:
    before = sorted(user.template.rglob("*"))
    for cwd in (tmp_path, tmp_path / "elsewhere" / name):
        cwd.mkdir(parents=True, exist_ok=True)
        options = ("--no-input", "--config-file", user.config, "--output-dir", name)
        done = user.run("-m", "cookiecutter", user.template, *options, cwd=cwd)
        assert done.returncode == 0, done.stdout + done.stderr
        assert tree(cwd / name) == {f"my-api/{key}": text for key, text in bake().files().items()}
    assert sorted(user.template.rglob("*")) == before


@pytest.mark.skipif(os.name == "nt", reason="other names are forbidden there")
def test_next_steps_quote_the_project_s_folder(user: User) -> None:
    out = user.out / 'a$(touch PWNED)b"; `touch PWNED`; "it\'s $HOME'
    done = user.cookiecutter(user.template, "--no-input", "--output-dir", out)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("  cd ")]
    there = run("sh", "-c", f"{line} && pwd", cwd=user.out)
    assert (there.stdout, there.stderr) == (f"{out.resolve() / 'my-api'}\n", "")
    assert list(user.out.rglob("PWNED")) == []


@pytest.mark.parametrize(
    ("policy", "line"),
    [
        ("locked-down", "only your front ends may call it"),
        ("mixed", "your front ends may call it, and any page may read /api/v1/public"),
        ("permissive", "any page may call it"),
    ],
)
def test_next_steps_say_who_may_call(
    policy: str,
    line: str,
    generate: Generate,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    generate(tmp_path, cors_policy=policy)
    assert f"{line}." in capfd.readouterr().out


def test_next_steps_mention_an_env_that_was_kept(
    generate: Generate, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    note = ".env was there and is kept; .env.example shows what this policy needs."
    for policy, noted in (("locked-down", False), ("locked-down", False), ("mixed", True)):
        generate(tmp_path, cors_policy=policy)
        assert (note in capfd.readouterr().out.splitlines()) is noted


EDITED = ("src/my_api/cors.py", "tests/test_cors.py", "LICENSE", "README.md", ".env")


def test_skipping_existing_files_changes_none(user: User, generate: Generate) -> None:
    project = generate(user.out).path
    for name in EDITED:
        (project / name).write_text("Mine\n", encoding="utf-8")
    before = tree(project)
    options = ("--no-input", "-f", "--skip-if-file-exists", "cors_policy=mixed", "deploy=none")
    done = user.cookiecutter(user.template, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert before.items() <= tree(project).items()
    assert "Kept, although these answers do not ask for it: .dockerignore, " in done.stdout


def test_generating_again_keeps_the_extension_of_one_version(
    generate: Generate, template: Path, tmp_path: Path
) -> None:
    """A module that the newer version no longer has must not stay behind."""
    folder = generate(tmp_path).src / EXTENSION.name
    (folder / "_of_an_older_version.py").write_text("", encoding="utf-8")
    (folder / "cli.py").write_text("edited", encoding="utf-8")
    generate(tmp_path)
    assert tree(folder) == tree(template / PROJECT.name / "src" / EXTENSION.name)


@pytest.mark.parametrize(
    ("invoke", "answers", "status"),
    [(command_line, {}, 0), (cruft_create, {}, 0), (zip_file, BAD, 1)],
)
def test_nothing_is_left_in_the_temporary_folder(
    invoke: Invocation,
    answers: Answers,
    status: int,
    user: User,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    temporary = temporary_folder(tmp_path, monkeypatch)
    assert invoke(user, answers).returncode == status
    assert list(temporary.iterdir()) == []


def test_a_template_in_the_temporary_folder_stays(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may lie where cookiecutter would unpack a zip."""
    folder = temporary_folder(tmp_path, monkeypatch) / "tmp0a_b1cd2"
    template = copy_template(folder / "template")
    before = tree(folder)
    for invoke in (command_line, INVOCATIONS["Python API"]):
        assert invoke(User(template, user.out, user.config), BAD).returncode == 1
        assert tree(folder) == before


def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(temporary))
    return temporary


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_any_console(encoding: str, user: User) -> None:
    environ = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    out = user.out / "日本"
    arguments = (user.template, "--no-input", "--output-dir", out)
    done = user.cookiecutter(*arguments, environ=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    shown = "日本" if encoding == "utf-8" else r"\u65e5\u672c"
    assert f"{shown}{'/my-api'}" in done.stdout.replace("\\my-api", "/my-api")
    done = user.cookiecutter(*arguments, "project_slug=日本", environ=environ)
    assert done.returncode == 1
    assert done.stdout.startswith(f"project_slug: '{shown}' is not made of lower-case letters")
    assert done.stderr == ""


def test_generation_opens_no_connection(user: User, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "def hook(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'):\n"
        "        os._exit(99)\n"
        "sys.addaudithook(hook)\n",
        encoding="utf-8",
    )
    environ = {"PYTHONPATH": str(tmp_path)}
    done = user.cookiecutter(user.template, "--no-input", environ=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    probe = "import socket; socket.create_connection(('127.0.0.1', 9))"
    assert user.run("-c", probe, environ=environ).returncode == 99


def test_generation_leaves_the_template_clean(user: User) -> None:
    """Python would write bytecode beside the grammar, and cookiecutter would copy it."""
    arguments = (user.template, "--no-input", "frontend_origins=https://a.example")
    done = user.cookiecutter(*arguments, environ={"PYTHONDONTWRITEBYTECODE": ""})
    assert done.returncode == 0, done.stdout + done.stderr
    assert [*(user.template / PROJECT.name).rglob("__pycache__"), *user.out.rglob("*.pyc")] == []
    changed = git(user.template, "status", "--porcelain", "--ignored", "--", PROJECT.name, "hooks")
    assert changed == ""


def test_cruft_update_brings_a_newer_template(user: User, tmp_path: Path) -> None:
    """In one process it renders the old and the new template, each with its own modules."""
    template = repository(copy_template(tmp_path / "template"))
    user = User(template, user.out, user.config)
    assert INVOCATIONS["cruft"](user, {}).returncode == 0
    project = user.out / "my-api"
    (project / ".env").write_text("MINE=1\n", encoding="utf-8")
    (project / "src" / "my_api" / "mine.py").write_text("MINE = 1\n", encoding="utf-8")
    git(project, "init", "--quiet")
    commit(project)
    replace(template / "cookiecutter_flask_cors" / "__init__.py", "text=", "new=str.upper, text=")
    replace(template / PROJECT.name / "LICENSE-MIT", "MIT License", "{{ 'A newer text' | new }}")
    replace(template / "hooks" / "post_gen_project.py", "Your API is ready", "It is ready")
    extension = template / PROJECT.name / "src" / EXTENSION.name
    (extension / "_newer.py").write_text("NEWER = True\n", encoding="utf-8")
    (extension / "cli.py").unlink()
    commit(template)
    assert user.run("-m", "cruft", "check", cwd=project).returncode == 1
    done = user.run("-m", "cruft", "update", "--skip-apply-ask", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "It is ready" in done.stdout
    assert (project / "LICENSE").read_text(encoding="utf-8").startswith("A NEWER TEXT")
    assert (project / ".env").read_text(encoding="utf-8") == "MINE=1\n"
    assert tree(project / "src" / EXTENSION.name) == tree(extension)
    assert user.run("-m", "cruft", "check", cwd=project).returncode == 0


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
