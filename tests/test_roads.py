"""Whichever road the answers come by, the same is refused, and the same is generated."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from combinations import Answers
from conftest import Bake, run, tree
from cookiecutter_flask_cors.template import questions
from roads import ROADS, Done, Traveller, command_line, commit, copy_template, cruft_create, git

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")

Road = Callable[[Traveller, Answers], Done]

every_road = pytest.mark.parametrize("road", ROADS.values(), ids=ROADS.keys())

BAD = {
    "project_slug": "../other",
    "package_name": "class",
    "description": "{{ 7*7 }}\u2028text",
    "frontend_origins": "https://app.example.com/",
}
SAID = r"""
project_slug: '../other' is not made of lower-case letters, digits and inner hyphens; write 'other'
package_name: 'class' is a keyword of Python; write 'class_api'
description: '{{ 7*7 }}\u2028text' has a character that cannot be printed, U+2028; leave it out
frontend_origins: 'https://app.example.com/' has a path; write 'https://app.example.com'
""".strip().splitlines()

# What runs nothing and stays as it is, although cookiecutter renders answers.
ODD = {
    "project_name": "{{ 7*7 }} {% raw %} {# x #} \"'\\",
    "project_slug": "odd",
    "package_name": "odd",
    "description": "{{ cookiecutter.__class__ }} {{cookiecutter.project_slug}} # {% if x %}",
    "author_name": "{{ cycler.__init__.__globals__.os.system('exit 1') }} 日本 🚀",
    "license": "BSD-3-Clause",
}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_template(tmp_path_factory.mktemp("roads") / "template")


@pytest.fixture
def traveller(template: Path, tmp_path: Path) -> Traveller:
    home = tmp_path / "home"
    home.mkdir()
    config = home / "config.yaml"
    config.write_text(
        f"cookiecutters_dir: '{home / 'templates'}'\nreplay_dir: '{home / 'replay'}'\n",
        encoding="utf-8",
    )
    return Traveller(template, tmp_path / "projects" / "out", config)


@every_road
def test_refused(road: Road, traveller: Traveller) -> None:
    sibling = traveller.out.parent / "other"
    sibling.mkdir(parents=True)
    (sibling / "precious.txt").write_text("mine", encoding="utf-8")
    done = road(traveller, BAD)
    text = done.stdout + done.stderr
    assert done.returncode == 1, text
    assert [line for line in SAID if line not in text] == []
    assert tree(traveller.out.parent) == {"other/precious.txt": b"mine"}


@every_road
def test_generated(road: Road, traveller: Traveller, bake: Bake) -> None:
    done = road(traveller, ODD)
    assert done.returncode == 0, done.stdout + done.stderr
    generated = tree(traveller.out / "odd")
    generated.pop(".cruft.json", None)
    assert generated == bake(**ODD).files()
    assert ODD["author_name"].encode() in generated["LICENSE"]


@every_road
def test_the_message_stands_alone(road: Road, traveller: Traveller) -> None:
    """No traceback is in its way, neither Python's nor that of cruft's Typer."""
    done = road(traveller, BAD)
    assert (done.stdout + done.stderr).splitlines() == SAID


OURS = "cookiecutter_flask_cors.TemplateExtension"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("_jinja2_env_vars", {}, "'{}' is not what the template sets"),
        ("_jinja2_env_vars", {"autoescape": True}, "'{\\'autoescape\\': True}' is not what "),
        ("_jinja2_env_vars", {"variable_start_string": "[["}, "'{\\'variable_start_string\\': "),
        ("_jinja2_env_vars", {"line_comment_prefix": "{{"}, "'{\\'line_comment_prefix\\': "),
        ("_extensions", [OURS, "jinja2.ext.do"], f"'[\\'{OURS}\\', "),
        ("_copy_without_render", ["*"], "'[\\'*\\']' is no setting of this template"),
        ("_copy_without_render", None, "'None' is no setting of this template"),
        ("_new_lines", "\r\n", "'\\r\\n' is no setting of this template"),
    ],
)
def test_settings_in_a_replay_file(
    key: str, value: object, said: str, traveller: Traveller
) -> None:
    done = ROADS["edited replay file"](traveller, {key: value})
    assert done.returncode == 1
    (line,) = (done.stdout + done.stderr).splitlines()
    assert line.startswith(f"{key}: {said}")
    assert line.endswith("; leave it out")
    assert list(traveller.out.iterdir()) == []


def test_settings_in_the_configuration_of_a_user(traveller: Traveller) -> None:
    done = ROADS["user's configuration"](traveller, {"_jinja2_env_vars": {"trim_blocks": False}})
    assert done.returncode == 1
    assert (done.stdout + done.stderr).startswith("_jinja2_env_vars: '")
    assert not traveller.out.exists()


@pytest.mark.parametrize("key", ["_vcs", "_commit", "_template", "_output_dir", "_new_key"])
def test_what_cookiecutter_notes_for_itself(key: str, traveller: Traveller) -> None:
    assert ROADS["edited replay file"](traveller, {key: "x"}).returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="arguments are Unicode there")
def test_a_terminal_of_another_encoding(traveller: Traveller) -> None:
    environ = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    arguments = (traveller.template, "--no-input", "author_name=Łukasz")
    done = traveller.cookiecutter(*arguments, environ=environ)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.endswith("as your terminal's encoding is not UTF-8; set PYTHONUTF8=1\n")
    assert traveller.cookiecutter(*arguments, environ=environ | {"PYTHONUTF8": "1"}).returncode == 0


def test_what_is_no_refusal_keeps_its_traceback(traveller: Traveller) -> None:
    script = (
        "from cookiecutter.exceptions import FailedHookException\n"
        "from cookiecutter.main import cookiecutter\n"
        "import sys\n"
        "for _ in range(2):\n"
        "    try:\n"
        "        cookiecutter(sys.argv[1], no_input=True, config_file=sys.argv[2],\n"
        "            extra_context={'project_slug': '../other'})\n"
        "    except FailedHookException as refusal:\n"
        "        print(refusal)\n"
        "raise ValueError('of their own')\n"
    )
    done = traveller.run("-c", script, traveller.template, traveller.config)
    assert done.stdout.splitlines() == SAID[:1] * 2
    assert done.stderr.startswith("Traceback ")
    assert done.stderr.endswith("ValueError: of their own\n")


def test_pressing_enter_throughout(traveller: Traveller, bake: Bake) -> None:
    done = traveller.cookiecutter(traveller.template, typed="\n" * len(questions()))
    assert done.returncode == 0, done.stdout + done.stderr
    assert tree(traveller.out / "my-api") == bake().files()


def test_typed_answers(traveller: Traveller, bake: Bake) -> None:
    typed = [ODD[key] for key in ("project_name", "project_slug", "package_name", "description")]
    typed += [ODD["author_name"], "", "3", "2", "none", "yes", "2", "2"]
    done = traveller.cookiecutter(traveller.template, typed="\n".join(typed) + "\n")
    assert done.returncode == 0, done.stdout + done.stderr
    choices = {"cors_policy": "mixed", "cors_supports_credentials": True}
    choices |= {"deploy": "kubernetes", "ci": "gitlab"}
    expected = bake(**ODD, **choices, frontend_origins="none").files()
    assert tree(traveller.out / "odd") == expected


def test_typed_answers_are_refused_at_the_end(traveller: Traveller) -> None:
    done = traveller.cookiecutter(
        traveller.template, typed="Flask\nflask\n\n\a" + "\n" * len(questions())
    )
    assert done.returncode == 1
    *_, first, second = done.stdout.splitlines()
    assert first.endswith(
        "project_slug: 'flask' is a distribution the project depends on; write 'flask-api'"
    )
    assert second.startswith("description: '\\x07' has a character that cannot be printed")
    assert not traveller.out.exists()


def test_an_output_folder_with_jinja_in_its_name(traveller: Traveller, bake: Bake) -> None:
    out = traveller.out / "{{ 7*7 }} 日本"
    done = traveller.cookiecutter(traveller.template, "--no-input", "--output-dir", out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert tree(out / "my-api") == bake().files()


@pytest.mark.skipif(os.name == "nt", reason="other names are forbidden there")
@pytest.mark.parametrize(
    "name", ["a$(touch PWNED)b", "a`touch PWNED`b", 'a"; touch PWNED; "b', "it's", "$HOME", "a b"]
)
def test_the_way_to_the_project_is_no_program(name: str, traveller: Traveller) -> None:
    out = traveller.out / name
    done = traveller.cookiecutter(traveller.template, "--no-input", "--output-dir", out)
    (line,) = [it for it in done.stdout.splitlines() if it.startswith("  cd ")]
    there = run("sh", "-c", f"{line} && pwd", cwd=traveller.out)
    assert (there.stdout, there.stderr) == (f"{out.resolve() / 'my-api'}\n", "")
    assert list(traveller.out.rglob("PWNED")) == []


FRONT_ENDS = "Your API is ready (locked-down: only your front ends may call it)."
MIXED = (
    "Your API is ready (mixed: your front ends may call it, and any page may read /api/v1/public)."
)
UNFINISHED = (
    "Before you deploy: your front ends and host names in {}; "
    "make check-production says what is missing."
)


@pytest.mark.parametrize(
    ("answers", "said", "unsaid"),
    [
        ({}, [FRONT_ENDS, UNFINISHED.format(".env.production")], "any page"),
        (
            {"deploy": "kubernetes", "ci": "gitlab"},
            [UNFINISHED.format("deploy/kubernetes/*/settings.env")],
            ".env.production",
        ),
        ({"ci": "none"}, [FRONT_ENDS, UNFINISHED.format(".env.production")], "any page"),
        (
            {"cors_policy": "mixed"},
            [MIXED, UNFINISHED.format(".env.production")],
            ".env was there",
        ),
        (
            {"cors_policy": "permissive"},
            [
                "Your API is ready (permissive: any page may call it).",
                UNFINISHED.replace("front ends and ", "").format(".env.production"),
            ],
            "front ends",
        ),
    ],
)
def test_the_next_steps(
    answers: Answers, said: list[str], unsaid: str, traveller: Traveller
) -> None:
    done = command_line(traveller, answers)
    assert set(said) <= set(done.stdout.splitlines())
    assert unsaid not in done.stdout


def test_the_next_steps_where_an_env_is_kept(traveller: Traveller) -> None:
    note = ".env was there and is kept; .env.example shows what this policy needs."
    assert note not in command_line(traveller, {}).stdout.splitlines()
    assert note not in command_line(traveller, {}).stdout.splitlines()
    assert note in command_line(traveller, {"cors_policy": "mixed"}).stdout.splitlines()
    assert note not in command_line(traveller, {}).stdout.splitlines()


EDITED = ("src/my_api/cors/policy.py", "tests/cors/test_policy.py", "LICENSE", "README.md")


def test_skipping_what_exists(traveller: Traveller) -> None:
    project = traveller.out / "my-api"
    command_line(traveller, {})
    for name in EDITED:
        (project / name).write_text("Mine\n", encoding="utf-8")
    before = tree(project)
    others = ("cors_policy=mixed", "license=Apache-2.0")
    options = ("--no-input", "-f", "--skip-if-file-exists")
    done = traveller.cookiecutter(traveller.template, *options, *others)
    assert done.returncode == 0, done.stdout + done.stderr
    new = {"src/my_api/api/v1/public.py", "tests/api/v1/test_public.py"}
    after = tree(project)
    assert after.keys() - new == before.keys()
    assert {name: after[name] for name in before} == before


def test_without_hooks_the_choices_are_made_all_the_same(traveller: Traveller, bake: Bake) -> None:
    options = ("--no-input", "--accept-hooks", "no", "cors_policy=mixed")
    assert traveller.cookiecutter(traveller.template, *options).returncode == 0
    generated = tree(traveller.out / "my-api")
    expected = bake(cors_policy="mixed", deploy="kubernetes").files()
    assert {name: generated[name] for name in EDITED[:3]} == {
        name: expected[name] for name in EDITED[:3]
    }
    assert [it for it in generated if re.search("LICENSE-|policy_", it)] == []


@pytest.mark.parametrize("road", [command_line, cruft_create])
def test_nothing_is_left_in_the_temporary_folder(
    road: Road, traveller: Traveller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(temporary))
    assert road(traveller, {}).returncode == 0
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_console(encoding: str, traveller: Traveller) -> None:
    environ = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    out = traveller.out / "日本"
    arguments = (traveller.template, "--no-input", "--output-dir", out)
    done = traveller.cookiecutter(*arguments, environ=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    shown = "日本" if encoding == "utf-8" else r"\u65e5\u672c"
    assert f"{shown}{'/my-api'}" in done.stdout.replace("\\my-api", "/my-api")
    done = traveller.cookiecutter(*arguments, "project_slug=日本", environ=environ)
    assert done.returncode == 1
    assert done.stdout.startswith(f"project_slug: '{shown}' is not made of lower-case letters")
    assert done.stderr == ""


def test_generation_opens_no_connection(traveller: Traveller, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "def hook(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'):\n"
        "        os._exit(99)\n"
        "sys.addaudithook(hook)\n",
        encoding="utf-8",
    )
    environ = {"PYTHONPATH": str(tmp_path)}
    done = traveller.cookiecutter(traveller.template, "--no-input", environ=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    probe = "import socket; socket.create_connection(('127.0.0.1', 9))"
    assert traveller.run("-c", probe, environ=environ).returncode == 99


def test_cruft_brings_a_newer_template_to_a_project(traveller: Traveller, tmp_path: Path) -> None:
    """In one process it renders the old and the new template, with an extension each."""
    template = copy_template(tmp_path / "template")
    they = Traveller(template, traveller.out, traveller.config)
    assert ROADS["cruft"](they, {}).returncode == 0
    project = they.out / "my-api"
    (project / ".env").write_text("MINE=1\n", encoding="utf-8")
    git(project, "init", "--quiet")
    commit(project)
    replace(template / "cookiecutter_flask_cors" / "__init__.py", "text=", "new=str.upper, text=")
    license_text = template / "{{cookiecutter.project_slug}}" / "LICENSE-MIT"
    replace(license_text, "MIT License", "{{ 'A newer text' | new }}")
    replace(template / "hooks" / "post_gen_project.py", "Your API is ready", "It is ready")
    commit(template)
    done = they.run("-m", "cruft", "update", "--skip-apply-ask", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "It is ready" in done.stdout
    assert (project / "LICENSE").read_text(encoding="utf-8").startswith("A NEWER TEXT")
    assert (project / ".env").read_text(encoding="utf-8") == "MINE=1\n"


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
