# The whole workflow. `make drill` and `make test` need nothing prepared but Python 3.11+ and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: drill test check format bench leaderboard clean

drill: $(VENV)/installed ## train the default net and print its verdict
	$(BIN)/tinydrill train

# What needs the machine to itself comes first: the real training, and what is held to a time.
test: $(VENV)/installed-dev ## run every check and the whole test suite
	$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -m alone
	$(BIN)/python -m pytest -m 'not alone' --numprocesses 2

check: $(VENV)/installed-dev ## formatting, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Half an hour or more on two cores. Ray, for the sweep's throughput, comes with the dev extra.
bench: $(VENV)/installed-dev .venv-classic/installed ## time, FLOP/s, memory, runs an hour
	$(BIN)/python bench/time_to_accuracy.py --classic-python .venv-classic/bin/python
	$(BIN)/python bench/memory.py --classic-python .venv-classic/bin/python
	$(BIN)/python bench/sweep_scaling.py

leaderboard: $(VENV)/installed ## LEADERBOARD.md and results/README.md from results/*.jsonl
	$(BIN)/python -m bench.leaderboard

# torchvision 0.29.1 needs torch 2.14.1, a later release than the one that the project is held to
# (constraints.txt), so the classic pipeline runs on another torch, in an environment of its own.
.venv-classic/installed:
	$(PYTHON) -m venv .venv-classic
	.venv-classic/bin/python -m pip install --quiet torch==2.14.1 torchvision==0.29.1
	touch $@

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tinydrill needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; } # Debian keeps venv in a package of its own

$(VENV)/installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $(VENV)/installed $@

clean:
	rm -rf $(VENV) .venv-classic .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
