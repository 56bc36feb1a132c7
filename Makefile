# Everything runs in .venv, which is made on first need from requirements.lock.
# A machine needs only Python 3.11+ with venv, and make.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help html test test-all lab bench lint format lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check
export UV_SYSTEM_CERTS := 1
PYTEST = CSTO_PAGES=build/html $(BIN)/python -m pytest --numprocesses 2 --dist loadfile
COMPILE = $(BIN)/uv pip compile --universal --python-version 3.11 --fork-strategy fewest \
  --generate-hashes --no-emit-index-url --no-annotate --quiet --custom-compile-command "make lock"
# Libraries are compiled once, not at each start of a kernel, also where the surroundings forbid it.
unexport PYTHONDONTWRITEBYTECODE

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

html: $(READY) ## execute every notebook and write build/html/index.html
	$(BIN)/csto html --output build/html

test: html ## run the tests (those in a browser need Chromium, and are skipped without it)
	$(BIN)/csto check
	$(PYTEST)

test-all: html ## run all tests, also the slow ones: before a release
	$(BIN)/csto check
	$(PYTEST) -m "slow or not slow"

lab: $(READY) ## open JupyterLab on the notebooks
	$(BIN)/jupyter lab --notebook-dir=notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

bench: $(READY) ## time csto against plain papermill (an hour; arguments in BENCH)
	$(BIN)/python benchmarks/bench.py $(BENCH)

lint: $(READY) ## check style, notebooks included
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --verify notebooks/*.ipynb

format: $(READY) ## put code and notebooks into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/nbstripout notebooks/*.ipynb

lock: $(READY) ## choose newer versions of all libraries for the two locks
	$(COMPILE) --group test --group build --upgrade --output-file requirements.lock pyproject.toml
	$(COMPILE) --group release --upgrade --output-file .github/release.lock

clean: ## remove the environment and everything that was built
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache
	find cstoanalysis tests data notebooks -name __pycache__ -prune -exec rm -rf {} +
	find notebooks -name .ipynb_checkpoints -prune -exec rm -rf {} +

# uv is quicker than pip and takes away what the lock no longer names; without it plain pip does the
# work. uv itself and what builds the package stand in the lock too: nothing comes without a hash.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Setting up $(VENV) (once; about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@awk '/^[^ #]/ { on = /^uv==/ } on' requirements.lock > $(VENV)/uv.lock
	@{ $(PIP) install --quiet --require-hashes --requirement $(VENV)/uv.lock && \
	  $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock && \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . ; \
	} || { \
	  echo "uv could not do it: going on with pip, which takes longer" && \
	  $(PIP) install --quiet --require-hashes --requirement requirements.lock && \
	  $(PIP) install --quiet --no-deps --no-build-isolation --editable . ; \
	}
	@touch $@
