# Guantong (贯通). Needs Python 3.11+ and make; every target does its own set-up in .venv.

# The first interpreter that is new enough; name another with: make demo PYTHON=/path/to/python
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
    "$$python" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; \
  done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

DEMO_ARGS ?=
BENCH_ARGS ?=
TEST_ARGS ?=
# No test is timed; one that hangs is ended with a trace of where it stands, on a machine that is ten times slower, too.
TEST_SECONDS ?= 400

# Where an environment keeps Python from caching what it compiled, every process of the tests compiles all of it anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check lint types imports docs-check docs wheel wheel-test cluster bench install clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.product ## carry 500 simulated cases between hall, counties and supervision, then compare the books
	$(BIN)/guantong demo $(DEMO_ARGS)

test: $(VENV)/.dev ## run the tests (needs no server; GUANTONG_REQUIRE_SERVICES=1 makes missing ones a failure)
	$(BIN)/pytest -n 2 --dist worksteal --timeout $(TEST_SECONDS) $(TEST_ARGS)

check: lint types imports docs-check wheel-test ## the gate: lint, types, imports, docs, the wheel in a clean environment

lint: $(VENV)/.dev ## ruff
	$(BIN)/ruff check

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

imports: $(VENV)/.dev ## who may import whom
	$(BIN)/lint-imports --no-logo

docs-check: $(VENV)/.dev ## fail when the generated reference is out of date
	$(BIN)/python docs/generate.py --check

docs: $(VENV)/.dev ## write the generated reference anew (docs/reference)
	$(BIN)/python docs/generate.py

wheel: $(VENV)/.dev ## build the source archive and, from it, the wheel (dist)
	rm -rf dist
	$(BIN)/python -m build --outdir dist .

wheel-test: $(VENV)/.dev ## build the wheel, install it in a clean environment outside the checkout, run the demo there
	GUANTONG_TEST_WHEEL=1 $(BIN)/pytest tests/house/test_wheel.py

cluster: $(VENV)/.dev ## kill nodes of private RabbitMQs under a working hub (needs RabbitMQ's programs and a PostgreSQL; minutes)
	GUANTONG_TEST_CLUSTER=1 $(BIN)/pytest tests/queues/test_private_brokers.py

bench: $(VENV)/.product ## measure the whole path on this machine
	$(BIN)/guantong bench flow $(BENCH_ARGS)

install: $(VENV)/.dev ## make .venv and install everything, without running anything

clean: ## remove .venv, caches and builds (never var, which holds data)
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find core adapters plugins tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

# pip of Python 3.11 is too old to read dependency groups.
$(VENV)/.pip:
	@test -n "$(PYTHON)" || { echo "Guantong needs Python 3.11 or newer: none was found. 需要 Python 3.11 或更高版本。" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { \
	  echo "This Python cannot make a virtual environment (on Debian: install python3-venv)." >&2; exit 1; }
	$(PIP) install --quiet 'pip>=25.1'
	@touch $@

$(VENV)/.product: $(VENV)/.pip pyproject.toml
	$(PIP) install --quiet --editable '.[all]'
	@touch $@

$(VENV)/.dev: $(VENV)/.product pyproject.toml
	$(PIP) install --quiet --group dev
	@touch $@
