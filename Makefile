# `make` alone lists the targets. PYTHON chooses the interpreter, WORKERS the test processes,
# ARGS is handed on: make test ARGS="-k journal -x", make demo ARGS=--help

PYTHON  ?= python3
WORKERS ?= 2
# A worker that has nothing left takes of what others still have: a few tests take half a minute.
PARALLEL := -n $(WORKERS) --dist worksteal
ARGS    ?=

VENV := .venv
CLIENTS := .clients
REAL := .real
PEERS := .peers
RECIPES := .recipes
BROWSER := .browser
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check clients peers recipes real browser campaign bench coverage clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.ready ## start the mock, certify it against all shipped documents, print the ledger
	@$(BIN)/conformock demo $(ARGS)

test: $(VENV)/.ready-dev ## run the tests, but for campaigns and benchmarks
	@$(BIN)/python -m pytest $(PARALLEL) --ignore=tests/benchmarks $(ARGS)

check: $(VENV)/.ready-dev ## lint, layout, types, import rules, and the shipped documents
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@set -e; for document in spec/*.yaml; do $(BIN)/conformock lint "$$document"; done

clients: $(VENV)/.ready-dev $(CLIENTS)/python/requirements.txt $(CLIENTS)/package-lock.json ## install foreign clients and let them talk to the mock (needs Node.js)
	@CLIENTS=required $(BIN)/python -m pytest $(PARALLEL) tests/clients $(ARGS)

peers: $(VENV)/.ready-dev $(PEERS)/package-lock.json ## install other people's mocks and test them against our documents (needs Node.js)
	@PEERS=required $(BIN)/python -m pytest $(PARALLEL) tests/peers $(ARGS)

recipes: $(VENV)/.ready-dev $(RECIPES)/package-lock.json ## install test runners of frontends and run what README shows for them (needs Node.js)
	@RECIPES=required $(BIN)/python -m pytest tests/recipes $(ARGS)

real: $(VENV)/.ready-dev $(REAL)/requirements.txt ## install a server that nobody here wrote and test it (minutes)
	@REAL=required $(BIN)/python -m pytest tests/real $(ARGS)

browser: $(VENV)/.ready-dev $(BROWSER)/requirements.txt $(BROWSER)/package-lock.json ## drive the console with a real browser (needs Chromium and Node.js)
	@BROWSER=required $(BIN)/python -m pytest tests/browser $(ARGS)

campaign: $(VENV)/.ready-dev ## run the slow campaigns, and show what they measured
	@$(BIN)/python -m pytest -m campaign $(PARALLEL) -rP $(ARGS)

bench: $(VENV)/.ready-dev ## run the benchmarks, one after the other
	@if [ -d tests/benchmarks ]; then $(BIN)/python -m pytest tests/benchmarks $(ARGS); \
	else echo "There are no benchmarks: tests/benchmarks is missing."; fi

coverage: $(VENV)/.ready-dev ## run the tests and show the lines and branches they miss
	@$(BIN)/python -m pytest $(PARALLEL) --ignore=tests/benchmarks --cov $(ARGS)

clean: ## remove .venv, caches and build results
	rm -rf $(VENV) $(CLIENTS) $(PEERS) $(RECIPES) $(REAL) $(BROWSER) build dist htmlcov .coverage .coverage.* *.egg-info
	rm -rf .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find spec mockserver contracts tests -type d -name __pycache__ -prune -exec rm -rf {} +

# The stamps: .created = the interpreter fits and pip is there; .ready = what the command needs; .ready-dev = and what its tests need.

$(VENV)/.created:
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "Conformock needs Python 3.11 or newer; '$(PYTHON)' is not a command. Name one: make PYTHON=python3.12" >&2; exit 2; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Conformock needs Python 3.11 or newer; '$(PYTHON)' is $$("$(PYTHON)" -V 2>&1). Name another: make PYTHON=python3.12" >&2; exit 2; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' has no venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	@"$(PYTHON)" -m venv --clear $(VENV)
	@touch $@

$(VENV)/.ready: $(VENV)/.created pyproject.toml
	@echo "Installing Conformock into $(VENV) ..."
	@$(PIP) install --quiet --editable '.[mock,suite]'
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@echo "Installing the development tools into $(VENV) ..."
	@$(PIP) install --quiet --editable '.[mock,suite,dev]'
	@touch $@

# The lists of packages are the stamps of .clients, .peers, .recipes, .real and .browser; their tests compare them with their own.

$(CLIENTS)/python/requirements.txt: $(VENV)/.created tests/clients/requirements.txt
	@echo "Installing the generator of Python clients into $(CLIENTS)/python ..."
	@$(BIN)/python -m venv --clear $(CLIENTS)/python
	@$(CLIENTS)/python/bin/python -m pip --disable-pip-version-check install --quiet --requirement tests/clients/requirements.txt
	@cp tests/clients/requirements.txt $@

$(CLIENTS)/package-lock.json: tests/clients/package.json tests/clients/package-lock.json tests/clients/.npmrc
	@command -v npm >/dev/null || { echo "make clients needs Node.js 20 or newer with npm" >&2; exit 2; }
	@echo "Installing the clients in JavaScript into $(CLIENTS) ..."
	@mkdir -p $(CLIENTS)
	@cp tests/clients/package.json tests/clients/package-lock.json tests/clients/.npmrc $(CLIENTS)
	@npm ci --prefix $(CLIENTS) --silent

$(PEERS)/package-lock.json: tests/peers/package.json tests/peers/package-lock.json tests/peers/.npmrc
	@command -v npm >/dev/null || { echo "make peers needs Node.js 20 or newer with npm" >&2; exit 2; }
	@echo "Installing other people's mocks into $(PEERS) ..."
	@mkdir -p $(PEERS)
	@cp tests/peers/package.json tests/peers/package-lock.json tests/peers/.npmrc $(PEERS)
	@npm ci --prefix $(PEERS) --silent

$(RECIPES)/package-lock.json: tests/recipes/package.json tests/recipes/package-lock.json tests/recipes/.npmrc
	@command -v npm >/dev/null || { echo "make recipes needs Node.js 20 or newer with npm" >&2; exit 2; }
	@echo "Installing test runners of frontends into $(RECIPES) ..."
	@mkdir -p $(RECIPES)
	@cp tests/recipes/package.json tests/recipes/package-lock.json tests/recipes/.npmrc $(RECIPES)
	@npm ci --prefix $(RECIPES) --silent
	@CYPRESS_CACHE_FOLDER="$(abspath $(RECIPES))/cypress" node $(RECIPES)/node_modules/cypress/bin/cypress install >/dev/null 2>&1 || \
	  echo "Cypress itself, which npm does not have, cannot be downloaded: its recipe is checked against its types alone."

$(BROWSER)/requirements.txt: $(VENV)/.created tests/browser/requirements.txt
	@command -v chromium chromium-browser google-chrome >/dev/null || { \
	  echo "make browser needs Chromium. On Debian: apt-get install chromium" >&2; exit 2; }
	@echo "Installing Playwright into $(BROWSER)/python ..."
	@rm -rf $(BROWSER)/python
	@$(PIP) install --quiet --target $(BROWSER)/python --requirement tests/browser/requirements.txt
	@cp tests/browser/requirements.txt $@

$(BROWSER)/package-lock.json: tests/browser/package.json tests/browser/package-lock.json tests/browser/.npmrc
	@command -v npm >/dev/null || { echo "make browser needs Node.js 20 or newer with npm" >&2; exit 2; }
	@echo "Installing axe-core into $(BROWSER) ..."
	@mkdir -p $(BROWSER)
	@cp tests/browser/package.json tests/browser/package-lock.json tests/browser/.npmrc $(BROWSER)
	@npm ci --prefix $(BROWSER) --silent

$(REAL)/requirements.txt: $(VENV)/.created tests/real/requirements.txt
	@echo "Installing GNS3's server into $(REAL) ..."
	@$(BIN)/python -m venv --clear $(REAL)
	@$(REAL)/bin/python -m pip --disable-pip-version-check install --quiet --requirement tests/real/requirements.txt
	@cp tests/real/requirements.txt $@
