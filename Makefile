# Every target sets up what it needs, and only what changed. `make demo` and `make test` are the two to know.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
PORT   ?= 8000
DEMO_ARGS ?=
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo demo-postgres serve test check bench backtest soak setup-browser setup-openmp format openapi constraints clean

help:            ## this list
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# --- set-up: one stamp per thing that can change -----------------------------------------------------
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: Nodewise needs Python 3.11 or newer, found $$($(PYTHON) --version)"; \
	    echo "  fix: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt pip

$(VENV)/.runtime: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.development: pyproject.toml constraints.txt $(VENV)/.runtime
	$(PIP) install --quiet --constraint constraints.txt --group dev
	@touch $@

# --- running ------------------------------------------------------------------------------------------
demo: $(VENV)/.runtime  ## two weeks of real orders, sourced over HTTP beside three rules
	$(BIN)/nodewise demo --port $(PORT) $(DEMO_ARGS)

demo-postgres: $(VENV)/.development  ## the same on a PostgreSQL: one started for it, or POSTGRESQL=postgresql://...
	$(BIN)/nodewise demo --port $(PORT) --postgresql $(or $(POSTGRESQL),embedded) $(DEMO_ARGS)

serve: $(VENV)/.runtime  ## the service on http://127.0.0.1:8000
	$(BIN)/nodewise serve --port $(PORT)

# --- proving ------------------------------------------------------------------------------------------
test: check      ## everything: linters, types, layers, all tests, the notebook, the demo path
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(VENV)/.development  ## ruff, mypy strict, import-linter, the API as docs/openapi.json has it
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m api.openapi_file --check
	$(BIN)/python -m api.client_models --check

bench: $(VENV)/.development  ## timings, never part of the tests
	$(BIN)/python -m pytest tests/benchmarks --benchmark-enable --benchmark-only -p no:xdist -s

backtest: $(VENV)/.runtime  ## forecasts of real weekly sales against known methods, to docs/measured
	$(BIN)/python -m api.backtest_report

soak: $(VENV)/.development  ## the long versions of races, kills and replays
	$(BIN)/python -m pytest -m soak --timeout=3600

setup-browser:   ## a Chromium for the page tests, from the system's packages if none is on the PATH
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  { root=; [ "$$(id -u)" = 0 ] || root=sudo; \
	    $$root apt-get update -qq && $$root apt-get install -y -qq --no-install-recommends chromium >/dev/null; }

setup-openmp:    ## the threads library that LightGBM is built against, from the system's packages if it is missing
	@ldconfig -p | grep -q libgomp.so.1 || \
	  { root=; [ "$$(id -u)" = 0 ] || root=sudo; \
	    $$root apt-get update -qq && $$root apt-get install -y -qq --no-install-recommends libgomp1 >/dev/null; }

# --- keeping ------------------------------------------------------------------------------------------
format: $(VENV)/.development  ## rewrite the code in house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

openapi: $(VENV)/.development  ## write docs/openapi.json anew, after a change of the API that is meant
	$(BIN)/python -m api.openapi_file
	$(BIN)/python -m api.client_models

constraints: $(VENV)/.development  ## pin what is installed now, names and versions only
	@{ head -2 constraints.txt; $(PIP) freeze --all --exclude-editable | grep -vE '^(setuptools|wheel)='; } > constraints.new
	@mv constraints.new constraints.txt

clean:           ## remove the environment, caches and the demo's database
	rm -rf $(VENV) var .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .benchmarks dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
