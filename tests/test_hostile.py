"""Hostile answers: each is refused by its name, or survives into files that all can be read."""

import json
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
# What is a name by chance.
ALLOWED = {
    ("project_slug", "a keyword"),
    ("project_slug", "a module"),
    ("project_slug", "a number"),
    ("project_slug", "true"),
    ("package_name", "true"),
}


def rows(keys: tuple[str, ...], texts: dict[str, str]) -> pytest.MarkDecorator:
    cases = [
        pytest.param(key, text, id=f"{name} as {key}")
        for key in keys
        for name, text in texts.items()
        if (key, name) not in ALLOWED
    ]
    return pytest.mark.parametrize(("key", "text"), cases)


@rows(FREE, PRINTABLE)
def test_printable_text_survives(key: str, text: str, bake: Bake) -> None:
    project = bake(**{key: text})
    check_files(project)
    check_answers(project, {key: text})


@rows(FREE, UNPRINTABLE)
def test_other_text_is_refused_by_name(key: str, text: str, bake: Bake, tmp_path: Path) -> None:
    check_refusal(bake, tmp_path, key, text)


@rows(NAMES, PRINTABLE | UNPRINTABLE)
def test_no_text_passes_for_a_name(key: str, text: str, bake: Bake, tmp_path: Path) -> None:
    check_refusal(bake, tmp_path, key, text)


@pytest.mark.parametrize("key", [*FREE, *NAMES])
def test_300_characters(key: str, bake: Bake, tmp_path: Path) -> None:
    text = "x" * 300
    if key == "description":
        check_answers(bake(description=text), {key: text})
    else:
        check_refusal(bake, tmp_path, key, text)


def check_refusal(bake: Bake, folder: Path, key: str, text: str) -> None:
    with pytest.raises(FailedHookException) as refusal:
        bake(into=folder / "out", **{key: text})
    lines = str(refusal.value).split("\n")
    assert [line for line in lines if not line.startswith(f"{key}: ")] == []
    assert list(folder.iterdir()) == []


def check_files(project: Project) -> None:
    """Read every file as what its name says it is."""
    for name, content in project.files().items():
        text = content.decode("utf-8")
        if name.endswith(".py"):
            compile(text, name, "exec")
        elif name.endswith(".toml"):
            tomllib.loads(text)
        elif name.endswith(".json"):
            json.loads(text)


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


@pytest.mark.parametrize(
    "given",
    [
        {"author_name": PRINTABLE[name], "description": PRINTABLE[name], "author_email": email}
        for name, email in {
            "double quotes": "o'brien+x@example.co.uk",
            "backslashes": "a@b.c",
            "emoji": "!#$%&'*+/=?^_`{|}~-@example.com",
            "a Jinja expression": f"{'x' * 64}@{'y' * 63}.example",
        }.items()
    ],
    ids=lambda given: given["author_name"],
)
def test_an_odd_project_can_be_built(given: Answers, bake: Bake, tmp_path: Path) -> None:
    project = bake(**given)
    build = "import sys, setuptools.build_meta as it; it.build_wheel(sys.argv[1])"
    done = project.python("-c", build, str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as file:
        (name,) = [it for it in file.namelist() if it.endswith(".dist-info/METADATA")]
        metadata = message_from_string(file.read(name).decode("utf-8"))
        assert f"{project.package}/__init__.py" in file.namelist()
    assert metadata["Summary"] == given["description"]
    author = (given["author_name"], given["author_email"])
    assert parseaddr(metadata["Author-email"]) == author
