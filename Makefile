# Two commands: `make demo` and `make test`. Each makes the environment that it needs.
SHELL       := /bin/bash
# A failed pip must fail the recipe, though its output is piped.
.SHELLFLAGS := -o pipefail -c
# Each test that starts a process would compile what it imports anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install -q --no-compile --disable-pip-version-check -c constraints.txt

.PHONY: demo demo-vlm test test-ray check table bench clean

$(VENV)/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -e . 2>&1 | { grep -v "is ignored: it is neither a file nor a directory" || true; }
	$(BIN)/python -c "import agent, torch"
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) -e '.[dev,sam,server,pointcloud,series,video]' 2>&1 | { grep -v "is ignored: it is neither a file nor a directory" || true; }
	$(BIN)/python -c "import pytest, mypy, importlinter"
	@touch $@

demo: $(VENV)/.installed
	$(BIN)/loupe demo

demo-vlm: $(VENV)/.installed-dev
	$(BIN)/loupe demo --vlm

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/.installed-dev
	# What tests import is compiled once, beside the checks, and not by three processes at once.
	$(BIN)/python -m pytest --collect-only -q > /dev/null & \
	$(MAKE) --no-print-directory check; checked=$$?; wait; exit $$checked
	# One process more than cores: some of them always wait for a server or a clock.
	# In their order: files of few tests, which are the slow ones, would come last otherwise.
	$(BIN)/python -m pytest -q -n $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) --dist loadfile --no-loadscope-reorder

# A cluster of two nodes on this machine takes two minutes of its own.
test-ray: $(VENV)/.installed-dev
	$(PIP) -e '.[ray]' 2>&1 | { grep -v "is ignored: it is neither a file nor a directory" || true; }
	$(BIN)/python -m pytest -q tests/agent/batch/engines

table: export LOUPE_SHARED_DATA ?= ../shared/data

table: $(VENV)/.installed-dev
	$(BIN)/loupe eval table
	$(BIN)/loupe eval recall

bench: $(VENV)/.installed-dev
	$(BIN)/python -m evals.benchmarks
	$(BIN)/python -m evals.benchmarks.rounds
	$(BIN)/python -m evals.benchmarks.crowd
	$(BIN)/python -m evals.benchmarks.everything
	$(BIN)/python -m evals.benchmarks.faults

clean:
	rm -rf $(VENV) build *.egg-info
