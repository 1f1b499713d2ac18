# make new     asks the questions and writes a project
#              make new ARGS="--no-input cors_policy=permissive" OUT=..
# make test    the tests of the extension and of the template; ARGS go to pytest
#              make test-extension, make test-template: one of the two
# make check   lint, format and types
# make format  mends lint and format where a tool can
# make wheel   builds flask-cors-policy into dist/

ARGS ?=
OUT ?= ..

ifeq ($(OS),Windows_NT)
PYTHON ?= python
BIN = .venv/Scripts
else
PYTHON ?= python3
BIN = .venv/bin
endif

RUN = "$(CURDIR)/$(BIN)/python" -m
EXTENSION = ../{{cookiecutter.project_slug}}/src/flask_cors_policy
# cookiecutter copies the extension's folder as it is: caches must not be written there.
export PYTHONDONTWRITEBYTECODE = 1
export RUFF_CACHE_DIR = $(CURDIR)/.ruff_cache

.PHONY: new test test-extension test-template check format wheel clean
.DEFAULT_GOAL := test

new: .venv/new.stamp
	@$(RUN) cookiecutter . --output-dir "$(OUT)" $(ARGS)

test: test-extension test-template

test-extension: .venv/dev.stamp
	@cd flask-cors-policy && $(RUN) pytest -n auto $(ARGS)

test-template: .venv/dev.stamp
	@$(RUN) pytest $(ARGS)

check: .venv/dev.stamp
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy
	@cd flask-cors-policy && $(RUN) ruff check --config pyproject.toml . "$(EXTENSION)"
	@cd flask-cors-policy && $(RUN) ruff format --check --config pyproject.toml . "$(EXTENSION)"
	@cd flask-cors-policy && $(RUN) mypy

format: .venv/dev.stamp
	@$(RUN) ruff check --fix
	@$(RUN) ruff format
	@cd flask-cors-policy && $(RUN) ruff check --fix --config pyproject.toml . "$(EXTENSION)"
	@cd flask-cors-policy && $(RUN) ruff format --config pyproject.toml . "$(EXTENSION)"

wheel: .venv/dev.stamp
	@cd flask-cors-policy && $(RUN) hatchling build --directory ../dist

clean:
	@$(PYTHON) -c "import shutil; [shutil.rmtree(name, ignore_errors=True) for name in ('.venv', 'dist')]"

# `make new` installs cookiecutter alone.
.venv/new.stamp: pyproject.toml .venv/venv.stamp
	@$(RUN) pip install --quiet --disable-pip-version-check --editable .
	@$(BIN)/python -c "open('$@', 'w').close()"

.venv/dev.stamp: pyproject.toml .venv/venv.stamp
	@$(RUN) pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@$(BIN)/python -c "open('$@', 'w').close()"

.venv/venv.stamp:
	@$(PYTHON) -c "import sys; sys.exit('Python 3.11 or newer is needed, this is ' + sys.version.split()[0] + '; name another: make PYTHON=python3.12' if sys.version_info < (3, 11) else 0)"
	@$(PYTHON) -c "import importlib.util as util, sys; sys.exit(0 if util.find_spec('ensurepip') and util.find_spec('venv') else 'This Python cannot make virtual environments; on Debian and Ubuntu: sudo apt install python3-venv')"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -c "open('$@', 'w').close()"
