# Two commands matter: `make run` shows the whole thing on a sample agency, `make test` proves it.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup run test check docs pictures benchmarks clean
.DEFAULT_GOAL := setup

setup: .venv/ready

.venv/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed. Name it: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

run: setup
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash docs/first-run.sh

# The tests start many processes, which shall not have to compile our modules each time. They wait for them a good part
# of the time, so one more runs than there are processors.
test: export PYTHONDONTWRITEBYTECODE :=
test: setup
	$(BIN)/python -m pytest --dist=worksteal --numprocesses=$$($(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)')

check: setup
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: setup
	$(BIN)/python docs/make_problems.py > docs/problems.md

# Makes docs/pictures/template.png, validated.png, fix-errors.png and log.png; it says what it needs when that is missing.
pictures: setup
	$(BIN)/python -m docs.make_pictures

benchmarks: setup
	$(BIN)/python -m benchmarks.upload
	$(BIN)/python -m benchmarks.validate
	$(BIN)/python -m benchmarks.hostile
	$(BIN)/python -m benchmarks.load
	$(BIN)/python -m benchmarks.kills
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[benchmarks]'
	$(BIN)/python -m benchmarks.suggestions

clean:
	rm -rf .venv run build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
