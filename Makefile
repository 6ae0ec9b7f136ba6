# From a fresh clone: `make demo` sets up and looks into a trained model, `make test` sets up and runs the tests.
# The active virtual environment is used where it has vaetui installed; else .venv, which is made at need.

PYTHON ?= python3
ENV := $(shell if [ -n "$$VIRTUAL_ENV" ] && [ -x "$$VIRTUAL_ENV/bin/vaetui" ]; then echo "$$VIRTUAL_ENV"; else echo .venv; fi)
BIN := $(ENV)/bin
READY := $(if $(filter .venv,$(ENV)),.venv/.ready,)

.PHONY: demo test check format lint types contracts terminals wheel clean

demo: $(READY)  ## look into the model that ships
	$(BIN)/vaetui demo

test: $(READY)  ## run the tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses=4

check: lint types contracts test  ## all that CI runs, apart from the wheel

format: $(READY)  ## write the code in its format
	$(BIN)/ruff format vae_tui tests benchmarks
	$(BIN)/ruff check --fix vae_tui tests benchmarks

lint: $(READY)
	$(BIN)/ruff format --check vae_tui tests benchmarks
	$(BIN)/ruff check vae_tui tests benchmarks

types: $(READY)
	$(BIN)/mypy

contracts: $(READY)
	$(BIN)/lint-imports

terminals: $(READY)  ## look at the explorer in each terminal that is here, on screens that nobody sees
	$(BIN)/python benchmarks/terminals $(TERMINALS)

wheel: $(READY)  ## build the wheel, install it into an empty environment, and use it outside the checkout
	bash .ci/wheel $(abspath $(BIN))/python

.venv/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "vaetui needs Python 3.11 or newer; $(PYTHON) is older. Name another: make PYTHON=python3.12" >&2; exit 2; }
	[ -x .venv/bin/python ] || $(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet -e '.[dev]'
	@touch $@

clean:
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
