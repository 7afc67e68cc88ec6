# Two commands matter: `make run` shows the whole thing on a sample agency, `make test` proves it.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# Not empty when the environment is to be made anew: there is none, or another PYTHON is named than the one it was made
# with. When none is named, it stays as it is.
IDENTITY := -c 'import sys; print(sys.version, sys.base_prefix)'
ifneq ($(origin PYTHON),file)
ifneq ($(shell $(PYTHON) $(IDENTITY)),$(shell if [ -x $(BIN)/python ]; then $(BIN)/python $(IDENTITY); else echo none; fi))
ANEW := anew
endif
else ifeq ($(wildcard $(BIN)/python),)
ANEW := anew
endif

# The releases that are installed, so that all this works next year as it does today. `make lock` renews them;
# `make test LOCK= VENV=.venv-newest` takes the newest of everything instead.
LOCK ?= .ci/lock.txt
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(LOCK),--constraint $(LOCK))

.PHONY: setup anew run test quick check docs lock pictures benchmarks benchmarks-small clean
.DEFAULT_GOAL := setup

setup: $(VENV)/ready

$(VENV)/ready: pyproject.toml $(LOCK) $(ANEW)
ifdef ANEW
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed. Name it: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
endif
	$(INSTALL) --editable '.[dev]'
	@touch $@

run: setup
	@PATH="$(abspath $(BIN)):$$PATH" bash docs/first-run.sh

# The tests start many processes, which shall not have to compile our modules each time. They wait for them a good part
# of the time, so one more runs than there are processors.
test: export PYTHONDONTWRITEBYTECODE :=
test: setup
	$(BIN)/python -m pytest --dist=worksteal --numprocesses=$$($(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)')

# The part that needs neither LibreOffice nor PostgreSQL nor much time.
quick: export PYTHONDONTWRITEBYTECODE :=
quick: setup
	$(BIN)/python -m pytest --dist=worksteal --numprocesses=auto -m 'not calc and not postgresql and not slow'

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: setup
	$(BIN)/python docs/make_problems.py > docs/problems.md

# One list for every system and every Python that pyproject.toml allows, of which pip takes what applies.
lock:
	$(PYTHON) -m venv --clear build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	build/lock/bin/uv pip compile --quiet --upgrade --universal --all-extras --no-annotate --no-emit-index-url \
		--custom-compile-command "make lock" --output-file .ci/lock.txt pyproject.toml

# Makes in docs/pictures template.png, validated.png, fix-errors.png, preview.png, log.png, uploads.png, if it has all it needs.
pictures: setup
	$(BIN)/python -m docs.make_pictures

benchmarks: setup
	$(BIN)/python -m benchmarks.upload
	$(BIN)/python -m benchmarks.validate
	$(BIN)/python -m benchmarks.hostile
	$(BIN)/python -m benchmarks.load
	$(BIN)/python -m benchmarks.kills
	$(BIN)/python -m benchmarks.fixing
	$(INSTALL) --editable '.[benchmarks]'
	$(BIN)/python -m benchmarks.suggestions

# The same with next to nothing in them, in a minute: whether they run. CI does this.
benchmarks-small: setup
	$(BIN)/python -m benchmarks.upload 50 --participants 500 --assignments 500 --runs 1 --wrong 50
	$(BIN)/python -m benchmarks.validate 50 --participants 500 --assignments 500 --runs 1
	$(BIN)/python -m benchmarks.hostile --small
	$(BIN)/python -m benchmarks.kills --kills 5 --people 2
	$(BIN)/python -m benchmarks.load --administrators 4 --rows 20 --participants 500
	$(BIN)/python -m benchmarks.fixing --sheets 1 --rows 60 --mistakes 10 --participants 500
	$(INSTALL) --editable '.[benchmarks]'
	$(BIN)/python -m benchmarks.suggestions --quick --small
	$(BIN)/python -m benchmarks.learn_weights --records 1000

clean:
	rm -rf $(VENV) run build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
