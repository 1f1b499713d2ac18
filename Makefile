# make new     asks the questions and writes a project
#              make new ARGS="--no-input cors_policy=permissive" OUT=..
# make test    the template's tests
# make check   lint, format and types
# make format  mends what the first two of these can

ARGS ?=
OUT ?= ..

ifeq ($(OS),Windows_NT)
PYTHON ?= python
BIN = .venv/Scripts
else
PYTHON ?= python3
BIN = .venv/bin
endif

.PHONY: new test check format clean
.DEFAULT_GOAL := test

new: .venv/new.stamp
	@$(BIN)/python -m cookiecutter . --output-dir "$(OUT)" $(ARGS)

test: .venv/dev.stamp
	@$(BIN)/python -m pytest $(ARGS)

check: .venv/dev.stamp
	@$(BIN)/python -m ruff check
	@$(BIN)/python -m ruff format --check
	@$(BIN)/python -m mypy

format: .venv/dev.stamp
	@$(BIN)/python -m ruff check --fix
	@$(BIN)/python -m ruff format

clean:
	@$(PYTHON) -c "import shutil; shutil.rmtree('.venv', ignore_errors=True)"

# `make new` asks for cookiecutter alone.
.venv/new.stamp: pyproject.toml .venv/venv.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@$(BIN)/python -c "open('$@', 'w').close()"

.venv/dev.stamp: pyproject.toml .venv/venv.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@$(BIN)/python -c "open('$@', 'w').close()"

.venv/venv.stamp:
	@$(PYTHON) -c "import sys; sys.exit('Python 3.11 or newer is needed, this is ' + sys.version.split()[0] + '; name another: make PYTHON=python3.12' if sys.version_info < (3, 11) else 0)"
	@$(PYTHON) -c "import importlib.util as it, sys; sys.exit(0 if it.find_spec('ensurepip') and it.find_spec('venv') else 'This Python cannot make virtual environments; on Debian and Ubuntu: sudo apt install python3-venv')"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -c "open('$@', 'w').close()"
