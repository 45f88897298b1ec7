# make demo   install perffix into .venv and run it on the shipped fixtures: findings, then a fix as a diff
# make test   install everything into .venv and run the tests, then mypy, ruff and perffix on this checkout
# make readme bring the generated parts of README.md up to date
#
# PYTHON=python3.12 chooses the interpreter for a new environment, VENV=path its place, PYTEST_ARGS what pytest gets.

PYTHON ?= python3
VENV ?= .venv
PYTEST_ARGS ?=
BIN := $(VENV)/bin
DEMO := fixtures/PERF504_list_pop_front/flagged.py

.PHONY: demo test readme clean

demo: $(VENV)/installed
	@echo; echo '$$ perffix check --isolated --quiet --statistics fixtures'; echo
	@$(BIN)/perffix check --isolated --exit-zero --quiet --statistics fixtures
	@echo; echo '$$ perffix check --isolated $(DEMO)'; echo
	@$(BIN)/perffix check --isolated --exit-zero $(DEMO)
	@echo; echo '$$ perffix check --isolated --quiet --diff $(DEMO)'; echo
	@$(BIN)/perffix check --isolated --exit-zero --quiet --diff $(DEMO)

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(PYTEST_ARGS)
	$(BIN)/python -m mypy
	$(BIN)/python -m ruff check .
	$(BIN)/perffix check .

readme: $(VENV)/installed
	$(BIN)/python tools/update_readme.py

# pip knows dependency groups since 25.1.
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --group dev --editable .
	@touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
