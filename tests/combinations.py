"""Which answers the tests give: EVERY combination, the CHOSEN ones, and those that are REFUSED."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from cookiecutter_flask_cors.answers import NEEDS
from cookiecutter_flask_cors.template import questions

Answers = dict[str, Any]

# The prompts that choose something: each combination is another project. The license is left out,
# as it decides about one file and has a test of its own.
_CHOICES = {
    key: default if isinstance(default, list) else [False, True]
    for key, default in questions().items()
    if isinstance(default, (list, bool)) and key != "license"
}


def _works(answers: Answers) -> bool:
    return all(
        answers.get(other) in allowed
        for (key, value), need in NEEDS.items()
        if answers[key] == value
        for other, allowed in need.others.items()
    )


def _name(answers: Answers) -> str:
    named = {key: value for key, value in answers.items() if value is not False}
    return " ".join(key if value is True else value for key, value in named.items())


_PRODUCT = [dict(zip(_CHOICES, values, strict=True)) for values in product(*_CHOICES.values())]

# Rendered.
EVERY: dict[str, Answers] = {_name(answers): answers for answers in _PRODUCT if _works(answers)}


def _covering(
    programs: dict[str, Answers], first: Sequence[Answers], size: int
) -> dict[str, Answers]:
    """Return few of these programs, the first included, with every set of this many choices."""
    missing = {name: set(combinations(some.items(), size)) for name, some in programs.items()}
    chosen: dict[str, Answers] = {}
    names = [_name(answers) for answers in first]
    while names or any(missing.values()):
        name = names.pop() if names else max(missing, key=lambda name: len(missing[name]))
        chosen[name] = programs[name]
        covered = set(missing[name])
        missing = {other: sets - covered for other, sets in missing.items()}
    return chosen


POLICIES = ("locked-down", "mixed", "permissive")
_DEFAULTS = {key: choices[0] for key, choices in _CHOICES.items() if key not in ("deploy", "ci")}
DEFAULTS = [_DEFAULTS | {"cors_policy": policy} for policy in POLICIES]

# Linted: what decides about the program.
PROGRAMS = {
    _name(program): program
    for program in ({key: answers[key] for key in _DEFAULTS} for answers in EVERY.values())
}

# Type-checked and tested: programs in which every choice occurs, or every pair of choices.
SINGLES = _covering(PROGRAMS, DEFAULTS, 1)
PAIRS = _covering(PROGRAMS, DEFAULTS, 2)

# Linted; type-checked and tested where the program differs from those in PAIRS.
CHOSEN: dict[str, Answers] = {
    "defaults": {},
    "locked-down with credentials": {"cors_supports_credentials": True},
    "mixed": {"cors_policy": "mixed"},
    "mixed with credentials": {"cors_policy": "mixed", "cors_supports_credentials": True},
    "permissive": {"cors_policy": "permissive", "license": "Apache-2.0"},
    "for Kubernetes and GitLab": {"deploy": "kubernetes", "ci": "gitlab"},
    "neither deployed nor checked": {"deploy": "none", "ci": "none"},
    "no front end yet": {"frontend_origins": "none", "license": "Proprietary"},
    "a package called like a variable": {"project_name": "App"},
    "the longest names": {
        "project_name": "W" * 80,
        "project_slug": "w" * 64,
        "package_name": "w" * 64,
        "description": "W" * 300,
        "author_name": "W" * 100,
        "cors_policy": "mixed",
    },
    "the oddest names": {
        "project_name": """\\O'Brien's "API" & <b>*_`[x](y)`_*</b> # {{ 7*7 }} {% raw %} 🏴󠁧󠁢󠁷󠁬󠁳󠁿 日本""",
        "project_slug": "0",
        "package_name": "a",
        "description": "'''\"\"\"\\ - it: #{x} |$HOME| %s",
        "author_name": """O'Brien "\\" <script>alert(1)</script> 🚀""",
        "author_email": "o'brien+api@example.com",
        "license": "BSD-3-Clause",
        "frontend_origins": "https://*.example.com, http://[::1]:3000, capacitor://localhost",
    },
}


for _auth in ("session", "oidc"):
    CHOSEN[f"the longest names, and {_auth}"] = CHOSEN["the longest names"] | {
        "cors_supports_credentials": True,
        "database": "sqlalchemy",
        "auth": _auth,
    }


@dataclass(frozen=True)
class Refused:
    """Answers, and everything that is said about them."""

    answers: Answers
    message: str


REFUSED: dict[str, Refused] = {
    "an empty name": Refused(
        {"project_name": ""}, "project_name: '' is blank; write 1 to 80 printable characters"
    ),
    "a blank name": Refused(
        {"project_name": " \u00a0"},
        "project_name: ' \\xa0' is blank; write 1 to 80 printable characters",
    ),
    "a name of 81 characters": Refused(
        {"project_name": "x" * 81},
        f"project_name: '{'x' * 81}' has 81 characters; write at most 80",
    ),
    "a name on two lines": Refused(
        {"project_name": "My\nAPI"},
        "project_name: 'My\\nAPI' has a character that cannot be printed, U+000A; leave it out",
    ),
    "a name that turns the line around": Refused(
        {"project_name": "\u202eIPA"},
        "project_name: '\\u202eIPA' has a character that cannot be printed, U+202E; leave it out",
    ),
    "an apostrophe in what is shown": Refused(
        {"project_name": "O'Brien's \"API\"\n"},
        "project_name: 'O\\'Brien\\'s \"API\"\\n' has a character that cannot be printed, U+000A; "
        "leave it out",
    ),
    "bytes of another encoding": Refused(  # LC_ALL=C PYTHONUTF8=0 cookiecutter ... Łukasz
        {"author_name": "\udcc5\udc81ukasz"},
        "author_name: '\\udcc5\\udc81ukasz' has a byte that could not be read, 0xC5, as your "
        "terminal's encoding is not UTF-8; set PYTHONUTF8=1",
    ),
    "half of a surrogate pair": Refused(
        {"project_name": "\ud83d"},
        "project_name: '\\ud83d' has a character that cannot be printed, U+D83D; leave it out",
    ),
    "a name that is true": Refused(
        {"project_name": True}, "project_name: 'true' is not text; write it as text"
    ),
    "a name that is null": Refused(
        {"project_name": None}, "project_name: 'None' is not text; write it as text"
    ),
    "an empty folder name": Refused(
        {"project_slug": ""},
        "project_slug: '' is not made of lower-case letters, digits and inner hyphens; "
        "write 'my-api'",
    ),
    "a folder outside": Refused(
        {"project_slug": "../other"},
        "project_slug: '../other' is not made of lower-case letters, digits and inner hyphens; "
        "write 'other'",
    ),
    "an absolute folder": Refused(
        {"project_slug": "/etc/x"},
        "project_slug: '/etc/x' is not made of lower-case letters, digits and inner hyphens; "
        "write 'etc-x'",
    ),
    "capitals in the folder name": Refused(
        {"project_slug": "My-API"},
        "project_slug: 'My-API' is not made of lower-case letters, digits and inner hyphens; "
        "write 'my-api'",
    ),
    "a line break behind the folder name": Refused(
        {"project_slug": "my-api\n"},
        "project_slug: 'my-api\\n' is not made of lower-case letters, digits and inner hyphens; "
        "write 'my-api'",
    ),
    "a hyphen at the end": Refused(
        {"project_slug": "api-"},
        "project_slug: 'api-' is not made of lower-case letters, digits and inner hyphens; "
        "write 'api'",
    ),
    "digits of another script": Refused(
        {"project_slug": "api-\u0663"},
        "project_slug: 'api-\u0663' is not made of lower-case letters, digits and inner hyphens; "
        "write 'api'",
    ),
    "a folder name of 65 characters": Refused(
        {"project_slug": "x" * 65, "package_name": "x"},
        f"project_slug: '{'x' * 65}' has 65 characters; write at most 64",
    ),
    "a device as a folder": Refused(
        {"project_slug": "lpt1"},
        "project_slug: 'lpt1' is a device on Windows; write 'lpt1-api'",
    ),
    "a dependency's distribution": Refused(
        {"project_slug": "flask-cors"},
        "project_slug: 'flask-cors' is a distribution the project depends on; "
        "write 'flask-cors-api'",
    ),
    "a dependency's distribution, spelt otherwise": Refused(
        {"project_slug": "flask--cors"},
        "project_slug: 'flask--cors' is a distribution the project depends on; "
        "write 'flask-cors-api'",
    ),
    "an empty import name": Refused(
        {"package_name": ""},
        "package_name: '' is no import name of lower-case letters, digits and underscores; "
        "write 'my_api'",
    ),
    "a keyword": Refused(
        {"package_name": "class"},
        "package_name: 'class' is a keyword of Python; write 'class_api'",
    ),
    "a soft keyword": Refused(
        {"package_name": "match"},
        "package_name: 'match' is a keyword of Python; write 'match_api'",
    ),
    "a module of the standard library": Refused(
        {"package_name": "json"},
        "package_name: 'json' is a module of the standard library; write 'json_api'",
    ),
    "a module of an older Python only": Refused(
        {"package_name": "telnetlib"},
        "package_name: 'telnetlib' is a module of the standard library; write 'telnetlib_api'",
    ),
    "a module of a newer Python only": Refused(
        {"package_name": "annotationlib"},
        "package_name: 'annotationlib' is a module of the standard library; "
        "write 'annotationlib_api'",
    ),
    "a dependency's import name": Refused(
        {"package_name": "flask_cors"},
        "package_name: 'flask_cors' is a library the project depends on; write 'flask_cors_api'",
    ),
    "the project's tests": Refused(
        {"package_name": "tests"},
        "package_name: 'tests' is a module or folder of the project itself; write 'tests_api'",
    ),
    "the project's entry": Refused(
        {"package_name": "wsgi"},
        "package_name: 'wsgi' is a module or folder of the project itself; write 'wsgi_api'",
    ),
    "a device as a package": Refused(
        {"package_name": "nul"},
        "package_name: 'nul' is a device on Windows; write 'nul_api'",
    ),
    "capitals in the import name": Refused(
        {"package_name": "MyApi"},
        "package_name: 'MyApi' is no import name of lower-case letters, digits and underscores; "
        "write 'myapi'",
    ),
    "a hyphen in the import name": Refused(
        {"package_name": "my-api"},
        "package_name: 'my-api' is no import name of lower-case letters, digits and underscores; "
        "write 'my_api'",
    ),
    "a digit in front": Refused(
        {"package_name": "2fa"},
        "package_name: '2fa' is no import name of lower-case letters, digits and underscores; "
        "write 'api_2fa'",
    ),
    "a name of Python's own": Refused(
        {"package_name": "__init__"},
        "package_name: '__init__' is no import name of lower-case letters, digits and "
        "underscores; write 'init'",
    ),
    "an import name of 65 characters": Refused(
        {"package_name": "x" * 65},
        f"package_name: '{'x' * 65}' has 65 characters; write at most 64",
    ),
    "a blank description": Refused(
        {"description": " "}, "description: ' ' is blank; write 1 to 300 printable characters"
    ),
    "a description on two lines": Refused(
        {"description": "one\u2028two"},
        "description: 'one\\u2028two' has a character that cannot be printed, U+2028; leave it out",
    ),
    "a description of 301 characters": Refused(
        {"description": "x" * 301},
        f"description: '{'x' * 120}…' has 301 characters; write at most 300",
    ),
    "an author who rings": Refused(
        {"author_name": "A\a"},
        "author_name: 'A\\x07' has a character that cannot be printed, U+0007; leave it out",
    ),
    "no author": Refused(
        {"author_name": ""}, "author_name: '' is blank; write 1 to 100 printable characters"
    ),
    "an author of 300 characters": Refused(
        {"author_name": "x" * 300},
        f"author_name: '{'x' * 120}…' has 300 characters; write at most 100",
    ),
    "no address": Refused(
        {"author_email": "you"},
        "author_email: 'you' is not one e-mail address; write it as 'you@example.com'",
    ),
    "an address on no domain": Refused(
        {"author_email": "you@localhost"},
        "author_email: 'you@localhost' is not one e-mail address; write it as 'you@example.com'",
    ),
    "an address whose first part is too long": Refused(
        {"author_email": f"{'x' * 65}@example.com"},
        f"author_email: '{'x' * 65}@example.com' is not one e-mail address; "
        "write it as 'you@example.com'",
    ),
    "an address that is too long": Refused(
        {"author_email": f"{'x' * 60}@{'.'.join(['y' * 60] * 4)}"},
        f"author_email: '{'x' * 60}@{'y' * 59}…' is not one e-mail address; "
        "write it as 'you@example.com'",
    ),
    "two addresses": Refused(
        {"author_email": "a@example.com,b@example.com"},
        "author_email: 'a@example.com,b@example.com' is not one e-mail address; "
        "write it as 'you@example.com'",
    ),
    "an address with a name": Refused(
        {"author_email": "Ada <ada@example.com>"},
        "author_email: 'Ada <ada@example.com>' is not one e-mail address; "
        "write it as 'you@example.com'",
    ),
    "an address with a line break": Refused(
        {"author_email": "ada@example.com\n"},
        "author_email: 'ada@example.com\\n' is not one e-mail address; "
        "write it as 'you@example.com'",
    ),
    "a bad origin": Refused(
        {"frontend_origins": "https://app.example.com/"},
        "frontend_origins: 'https://app.example.com/' has a path; write 'https://app.example.com'",
    ),
    "a password in an origin": Refused(
        {"frontend_origins": "https://ada:secret@app.example.com"},
        "frontend_origins: 'https://***@app.example.com' has a user name or password, "
        "which no origin has; write 'https://app.example.com'",
    ),
    "two bad origins": Refused(
        {"frontend_origins": "https://a.example/x,b.example"},
        "frontend_origins: 'https://a.example/x' has a path; write 'https://a.example'\n"
        "frontend_origins: 'b.example' has no scheme; write 'https://b.example'",
    ),
    "everybody, although the policy is locked-down": Refused(
        {"frontend_origins": "*"},
        "frontend_origins: '*' does not go with cors_policy 'locked-down'; "
        "list the origins you trust, or choose permissive",
    ),
    "everybody, although the policy is mixed": Refused(
        {"frontend_origins": "*", "cors_policy": "mixed"},
        "frontend_origins: '*' does not go with cors_policy 'mixed'; "
        "list the origins you trust, or choose permissive",
    ),
    "everybody and somebody": Refused(
        {"frontend_origins": "*,https://app.example.com"},
        "frontend_origins: '*' stands alone; list the origins you trust",
    ),
    "origins that are no text": Refused(
        {"frontend_origins": None},
        "frontend_origins: 'None' is not text; write origins between commas",
    ),
    "credentials for everybody": Refused(
        {"cors_policy": "permissive", "cors_supports_credentials": True},
        "cors_supports_credentials: 'true' does not go with cors_policy 'permissive', as "
        "browsers send no cookies to '*'; write false, or choose locked-down or mixed",
    ),
    "sessions without a database": Refused(
        {"auth": "session", "cors_supports_credentials": True},
        "auth: 'session' keeps users in a database and needs the cookies of listed front ends; "
        "choose database sqlalchemy, cors_supports_credentials true and cors_policy locked-down "
        "or mixed, or another auth",
    ),
    "sessions without credentials": Refused(
        {"auth": "session", "database": "sqlalchemy"},
        "auth: 'session' keeps users in a database and needs the cookies of listed front ends; "
        "choose database sqlalchemy, cors_supports_credentials true and cors_policy locked-down "
        "or mixed, or another auth",
    ),
    "credentials that are a number": Refused(
        {"cors_supports_credentials": 1},
        "cors_supports_credentials: '1' is neither true nor false; write true or false",
    ),
    "everything at once": Refused(
        {
            "project_name": "",
            "project_slug": "../other",
            "package_name": "class",
            "description": "a\rb",
            "author_name": "\x00",
            "author_email": "a b@example.com",
            "frontend_origins": "null",
        },
        "project_name: '' is blank; write 1 to 80 printable characters\n"
        "project_slug: '../other' is not made of lower-case letters, digits and inner hyphens; "
        "write 'other'\n"
        "package_name: 'class' is a keyword of Python; write 'class_api'\n"
        "description: 'a\\rb' has a character that cannot be printed, U+000D; leave it out\n"
        "author_name: '\\x00' has a character that cannot be printed, U+0000; leave it out\n"
        "author_email: 'a b@example.com' is not one e-mail address; "
        "write it as 'you@example.com'\n"
        "frontend_origins: 'null' is sent by any local file or sandboxed frame; "
        "serve the page over http(s), or let the form of another site come back with GET",
    ),
}
