# Two commands matter: `make run` and `make test`. Each sets itself up on a machine that has Python 3.11 and pip.

PORT ?= 5000
HOST ?= 127.0.0.1
ROWS ?= 10000,1000000
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready-to-run
READY_DEV := $(VENV)/ready-to-test
TESTS ?=
# A venv made where Debian's python3-venv is missing has no pip of its own: the system's pip then installs into it.
INSTALL := set -e; export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_QUIET=2; pip="$(BIN)/python -m pip"; \
	$$pip --version >/dev/null 2>&1 || pip="$(PYTHON) -m pip --python $(BIN)/python";
LOCKING := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-options

.PHONY: help run test lint check bench lock docs clean

help:  ## the targets
	@sed -n 's/^\([a-z]*\):.*##/  make \1\t/p' Makefile

run: $(READY)  ## the office in a browser (PORT, HOST, ESTATEDESK_DEMO_PASSWORD)
	@exec $(BIN)/python app.py serve --host $(HOST) --port $(PORT)

test: $(READY_DEV)  ## every test, on SQLite and PostgreSQL, in Chromium (CHROMIUM names another browser; TESTS narrows)
	@sh tests/get_chromium.sh
	$(BIN)/python -m pytest -n 2 --dist loadfile $(TESTS)

lint: $(READY_DEV)  ## style, types, the rooms, generated documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m schema.json_schema --check
	$(BIN)/python -m schema.reference --check

check: lint test  ## what has to hold before a change is shared

bench: $(READY_DEV)  ## lists and forms against bare SQL (ROWS=10000,1000000)
	$(BIN)/python -m bench --rows $(ROWS)

docs: $(READY_DEV)  ## write the generated documents again
	$(BIN)/python -m schema.json_schema
	$(BIN)/python -m schema.reference

lock: $(READY_DEV)  ## work out the locked versions again from pyproject.toml
	CUSTOM_COMPILE_COMMAND="make lock" $(LOCKING) --output-file requirements.lock pyproject.toml
	CUSTOM_COMPILE_COMMAND="make lock" $(LOCKING) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean:  ## everything that can be made again; var/ (the office itself) stays
	rm -rf $(VENV) bench/data *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(READY): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what Estatedesk needs (the first time takes a minute or two) ..."
	@$(INSTALL) $$pip install -r requirements.lock && $$pip install --no-build-isolation --no-deps --editable .
	@touch $@

$(READY_DEV): requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "Installing what Estatedesk and its tests need (the first time takes a minute or two) ..."
	@$(INSTALL) $$pip install -r requirements-dev.lock && $$pip install --no-build-isolation --no-deps --editable .
	@touch $(READY) $@

$(BIN)/python:
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Estatedesk needs Python 3.11 or later; PYTHON=/path/to/python names one." >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || $(PYTHON) -m venv --clear --without-pip $(VENV)
