"""Hostile answers: each is refused by its name, or survives into files that can all be parsed."""

import tomllib
from email import message_from_string
from email.utils import parseaddr
from pathlib import Path
from zipfile import ZipFile

import pytest
from cookiecutter.exceptions import FailedHookException
from markdown_it import MarkdownIt

from combinations import Answers
from conftest import Bake, Project
from cookiecutter_flask_cors import checked, template
from cookiecutter_flask_cors.template import EXTENSION
from syntax import check_syntax

PRINTABLE = {
    "double quotes": 'He said "hi"',
    "an apostrophe": "O'Brien",
    "every quote": "'''\"\"\"``“”«»",
    "backslashes": "C:\\new\\table \\\\ \\",
    "an ampersand": "Tom & Jerry &amp; &lt;",
    "HTML": "<script>alert(1)</script></title>",
    "Markdown": "# *a* _b_ `c` [x](y) ![x](y) | d",
    "YAML": "- key: value # comment",
    "TOML": '"""\n[x]'.replace("\n", " "),
    "JSON": '{"a": [1]}',
    "Python": "'); __import__('os').abort(); ('",
    "a shell": "$(touch /tmp/x); `x` && x || $HOME %PATH%",
    "a format": "%s %(x)s {x} {0} {{x}}",
    "a Jinja expression": "{{ 7*7 }}",
    "Jinja's own answers": "{{ cookiecutter.project_slug }} {{cookiecutter.package_name}}",
    "Jinja that does not parse": "{{ {% }} %} {# # {% else %}",
    "Jinja that runs code": "{{ cycler.__init__.__globals__.os.abort() }}",
    "Jinja that runs code in a line": "# {% set x = cycler.__init__.__globals__.os.abort() %}",
    "emoji": "🚀 👩\u200d🚀 🏴󠁧󠁢󠁷󠁬󠁳󠁿 🇩🇪",
    "Japanese": "日本語のAPI",
    "Cyrillic": "Мой API",
    "Persian": "می\u200cخواهم",
    "accents": "Crème Brûlée, Łódź",
    "unusual blanks": "My\u00a0API\u3000x",
    "a path": "../../etc/passwd",
    "a Windows path": "..\\..\\x",
    "an absolute path": "/tmp/x",
    "a keyword": "class",
    "a module": "json",
    "a dependency": "flask",
    "a device": "NUL",
    "a number": "007",
    "true": "true",
    "a comment": "// # ; --",
}
UNPRINTABLE = {
    "empty": "",
    "blank": "  ",
    "two lines": "a\nb",
    "a carriage return": "a\rb",
    "a tab": "a\tb",
    "a null byte": "a\x00b",
    "an escape sequence": "\x1b[31mred",
    "a line separator": "a\u2028b",
    "text turned around": "\u202egpj.exe",
    "a zero-width blank": "a\u200bb",
    "a byte order mark": "\ufeffa",
    "a lone surrogate": "\udcff",
    "a private character": "\ue000",
    "an unassigned character": "\U000e0fff",
    "no character": "\uffff",
    "300 characters": "x" * 300 + "\n",
}

FREE = ("project_name", "description", "author_name")
NAMES = ("project_slug", "package_name", "author_email", "frontend_origins")
# Texts that are good names by chance.
GOOD_NAMES = {
    ("project_slug", "a keyword"),
    ("project_slug", "a module"),
    ("project_slug", "a number"),
    ("project_slug", "true"),
    ("package_name", "true"),
}


@pytest.mark.parametrize("text", PRINTABLE.values(), ids=PRINTABLE.keys())
def test_printable_text_survives(text: str, bake: Bake) -> None:
    given = dict.fromkeys(FREE, text)
    project = bake(**given, deploy="kubernetes")
    check_files(project)
    check_answers(project, given)


DERIVED = template.derived_defaults()


@pytest.mark.parametrize("text", DERIVED, ids=[key for key, _ in DERIVED.values()])
def test_the_template_s_own_jinja_survives_as_an_answer(text: str, bake: Bake) -> None:
    given = {key: text for key in FREE if key != "project_name" or len(text) <= 80}
    check_answers(bake(**given), given)


def test_300_characters_survive_in_a_description(bake: Bake) -> None:
    check_answers(bake(description="x" * 300), {"description": "x" * 300})


def rows(keys: tuple[str, ...], texts: dict[str, str]) -> pytest.MarkDecorator:
    cases = [
        pytest.param(key, text, id=f"{name} as {key}")
        for key in keys
        for name, text in texts.items()
        if (key, name) not in GOOD_NAMES
    ]
    return pytest.mark.parametrize(("key", "text"), cases)


@rows(FREE, UNPRINTABLE)
def test_other_text_is_refused_by_name(key: str, text: str, given: Answers) -> None:
    check_refusal(given, key, text)


@rows(NAMES, PRINTABLE | UNPRINTABLE)
def test_no_text_passes_for_a_name(key: str, text: str, given: Answers) -> None:
    check_refusal(given, key, text)


def check_refusal(given: Answers, key: str, text: str) -> None:
    with pytest.raises(FailedHookException) as refusal:
        checked(given | {key: text})
    problems, _, _ = str(refusal.value).partition("\n\n")
    assert [line for line in problems.split("\n") if not line.startswith(f"{key}: ")] == []


def check_files(project: Project) -> None:
    for name, content in project.files().items():
        if not name.startswith(f"src/{EXTENSION.name}/"):  # the same in every project
            check_syntax(name, content.decode("utf-8"))


def check_answers(project: Project, given: Answers) -> None:
    metadata = tomllib.loads(project.read("pyproject.toml"))["project"]
    readme = " ".join(MarkdownIt().render(project.read("README.md")).split())
    name = given.get("project_name", "My API")
    assert f"<h1>{_as_html(name)}</h1>" in readme
    description = given.get("description", "A JSON API built with Flask.")
    assert metadata["description"] == description
    assert _as_html(description) in readme
    author = given.get("author_name", "Your Name")
    assert metadata["authors"] == [{"name": author, "email": "you@example.com"}]
    assert f"Copyright (c) {author}\n" in project.read("LICENSE")


def _as_html(text: str) -> str:
    for character, entity in {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}.items():
        text = text.replace(character, entity)
    return " ".join(text.split())


def test_an_odd_project_can_be_built(bake: Bake, tmp_path: Path) -> None:
    text, email = PRINTABLE["every quote"] + PRINTABLE["backslashes"], "o'brien+x@example.co.uk"
    given = {"author_name": text, "description": text, "author_email": email}
    project = bake(**given).copy(tmp_path)
    metadata = tomllib.loads(project.read("pyproject.toml"))
    for name in ("templates/pages/home.html", "static/app.css"):
        (project.own / name).parent.mkdir(parents=True)
        (project.own / name).touch()
    build = f"import sys, {metadata['build-system']['build-backend']} as backend; "
    done = project.python("-c", f"{build} backend.build_wheel(sys.argv[1])", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as file:
        (member,) = [part for part in file.namelist() if part.endswith(".dist-info/METADATA")]
        built = message_from_string(file.read(member).decode("utf-8"))
        assert f"{project.package}/__init__.py" in file.namelist()
        assert "flask_cors_policy/__init__.py" in file.namelist()
        assert "flask_cors_policy/py.typed" in file.namelist()
        assert f"{project.package}/templates/pages/home.html" in file.namelist()
        assert f"{project.package}/static/app.css" in file.namelist()
    assert built["Summary"] == text
    assert parseaddr(built["Author-email"]) == (text, email)
