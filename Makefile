# Each target makes its own environment in .venv and installs what it needs.
PYTHON ?= python3.11
PYTHON := $(shell command -v $(PYTHON) || command -v python3)
VENV := .venv
PYTEST ?= -n 2 --dist loadfile --no-loadscope-reorder
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test bench clean

demo: $(VENV)/.demo
	$(BIN)/empatune demo $(DEMO)

test: $(VENV)/.test
	$(BIN)/ruff check src tests benchmarks docs/pictures
	$(BIN)/ruff format --check src tests benchmarks docs/pictures
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m numpydoc.hooks.validate_docstrings $$(find src -name '*.py')
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pytest $(PYTEST)

bench: $(VENV)/.test
	$(BIN)/python benchmarks/run.py $(BENCH)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --constraint constraints.txt --editable .
	touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --constraint constraints.txt --editable '.[test]'
	touch $@ $(VENV)/.demo

clean:
	rm -rf $(VENV) build dist
