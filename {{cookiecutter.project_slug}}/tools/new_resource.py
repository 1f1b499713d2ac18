"""Add a resource to the API: copy a living one and its tests, and rename its words."""

import argparse
import builtins
import io
import keyword
import os
import re
import subprocess
import sys
import tokenize
from pathlib import Path

RESOURCES = Path("src/{{ cookiecutter.package_name }}/api/v1")
TESTS = Path("tests/api/v1")
RESERVED = {*keyword.kwlist, *dir(builtins), *sys.stdlib_module_names}


def main() -> None:
    """Work out every file before the first is written, so that a refusal changes nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="its plural, such as books or line_items")
    parser.add_argument("--one", help="its singular, if it is irregular")
    parser.add_argument("--like", default="{{ "greetings" if cookiecutter.database == "none" else "items" }}", help="what to copy (%(default)s)")
    given = parser.parse_args()
    os.chdir(Path(__file__).parent.parent)
    try:
        files = plan(given.name, given.one or singular(given.name), given.like)
    except (OSError, ValueError) as error:
        parser.exit(2, f"{error}\n")
    for path, text in files.items():
        done = "changed" if path.exists() else "wrote"
        path.write_text(text, "utf-8", newline="\n")
        print(f"{done} {path.as_posix()}")
    for command in (["check", "--select=I", "--fix"], ["format"]):  # for words of other lengths
        subprocess.run([sys.executable, "-m", "ruff", *command, "--quiet", *files], check=False)
    module, tests, _contents = files
    print(f"next: give it fields of its own, in {module.as_posix()} and {tests.as_posix()}")
# {% if cookiecutter.database != "none" %}
    if "__tablename__" in files[module]:
        flask = f"{python()} -m flask --debug db"
        print(f'then: {flask} upgrade && {flask} revision "add {given.name}" && {flask} upgrade')
# {% endif %}


def plan(name: str, one: str, like: str) -> dict[Path, str]:
    """Return the files to write, and their text. Raises ValueError for what cannot work."""
    for word in (name, one):
        if len(word) > 40 or not re.fullmatch("[a-z]+(_[a-z]+)*", word):
            raise ValueError(f"'{word}' is not 1 to 40 lower-case letters; write one such as books")
        if {word, camel(word)} & RESERVED:
            raise ValueError(f"'{word}' is a name of Python; write another, such as books")
    if name == one:
        raise ValueError(f"'{name}' is no plural; write one such as books, or --one and a singular")
    module, tests = RESOURCES / f"{name}.py", TESTS / f"test_{name}.py"
    code = "".join(path.read_text("utf-8") for path in RESOURCES.glob("*.py"))
    if module.exists() or tests.exists() or f"class {camel(one)}(" in code:
        raise ValueError(f"'{name}' or '{one}' exists; write another name")
    if f"class {camel(singular(like))}(" not in code:
        raise ValueError(f"'{like}' has no class '{camel(singular(like))}'; write another --like")
    words = {like: name, singular(like): one}
    words |= {f(old): f(new) for old, new in words.items() for f in (camel, str.upper)}
    words[f"/{like}"] = "/" + name.replace("_", "-")  # the path
    return {
        module: renamed(RESOURCES / f"{like}.py", words, one),
        tests: renamed(TESTS / f"test_{like}.py", words, one),
        RESOURCES / "__init__.py": registered(RESOURCES / "__init__.py", name, like),
    }


def renamed(source: Path, words: dict[str, str], one: str) -> str:
    """Return a file in new words. Raises ValueError if its code has one of them already."""
    text = source.read_text("utf-8")
    # Not in dict.items(), nor inside of another word such as setitem.
    parts = [f"(?<![a-z]){old}" if old[0].islower() else old for old in words]
    pattern = rf"\.items\(\)|(?:{'|'.join(sorted(parts, key=len, reverse=True))})(?![a-z])"

    def rename(part: str) -> str:
        return re.sub(pattern, lambda match: words.get(match[0], match[0]), part)

    names = {token.string for token in tokenize.generate_tokens(io.StringIO(text).readline)}
    for name in names:
        if rename(name) != name and rename(name) in names:
            raise ValueError(f"'{rename(name)}' is a name in '{source.as_posix()}'; write another")
    article = r"\1n " if one[0] in "aeiou" else r"\1 "
    return re.sub(rf"\b([Aa])n? (?={one}\b)", article, rename(text))


def registered(contents: Path, name: str, like: str) -> str:
    """Return the table of contents with a new name, imported and registered as `like` is."""
    text = contents.read_text("utf-8")
    imports = re.search(r"^from \. import (\([\w\s,]+\)|[\w ,]+)$", text, re.MULTILINE)
    line = f"bp.register_blueprint({like}.bp)\n"
    if imports is None or line not in text or name in re.findall(r"\w+", text):
        raise ValueError(f"'{contents.as_posix()}' cannot take '{name}'; add it by hand")
    names = ", ".join(sorted({name, *re.findall(r"\w+", imports[1])}))
    text = text.replace(imports[0], f"from . import {names}")
    return text.replace(line, line + line.replace(like, name))


# {% if cookiecutter.database != "none" %}
def python() -> str:
    """Return this interpreter as it is called from the project's folder."""
    path, here = Path(sys.executable), Path.cwd()
    return subprocess.list2cmdline([path.relative_to(here) if path.is_relative_to(here) else path])


# {% endif %}
def singular(plural: str) -> str:
    """Return a guess: category for categories, box for boxes, book for books."""
    return re.sub("(ss|sh|[nrt]ch|x)es$|s$", r"\1", re.sub("ies$", "y", plural))


def camel(word: str) -> str:
    """Return the name of a class: LineItem for line_item."""
    return word.title().replace("_", "")


if __name__ == "__main__":
    main()
