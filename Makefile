# The project's commands. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
BIN := .venv/bin
# Whatever a shell says: who compiles everything at every start of a process waits for minutes in the tests.
unexport PYTHONDONTWRITEBYTECODE
# Test files that run side by side (tests/conftest.py divides them), each run with servers of its own. They wait more than they compute.
RUNS ?= 4
STAMP := .venv/.installed

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)$$/  make \1\t\2/' | expand -t 22

# uv installs in seconds what takes pip a minute. It comes by pip, held to its hash; and where it cannot work (a mirror
# or certificates that pip alone knows of), pip does it all.
$(STAMP): requirements-dev.txt requirements-uv.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, and $(PYTHON) is " + sys.version.split()[0] + ": name another by PYTHON=…")'
	@$(PYTHON) -m venv .venv 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null && $(PYTHON) -m venv .venv; \
	  else echo "Python's venv module is missing: install it (on Debian: apt-get install python3-venv)."; exit 1; fi; }
	@echo "Setting up .venv: some seconds, and a minute where the network is slow."
	@# --no-deps: the lock names everything. pip 23 looks `coverage[toml]` up beside it, and refuses a newer release.
	@pip="$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps"; \
	uv="$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps"; \
	{ $$pip --retries 1 --require-hashes -r requirements-uv.txt && $$uv --require-hashes -r requirements-dev.txt; } 2>.venv/uv.log \
	  || $$pip --retries 1 --require-hashes -r requirements-dev.txt 2>.venv/pip.log \
	  || { echo "The packages could not be installed: look at the network and the free space of the disk. What was fetched is kept: run the same command again. What pip said is in .venv/pip.log."; exit 1; }; \
	PYTHONWARNINGS=ignore $$pip --no-build-isolation -e .
	@# Some shells forbid Python to keep what it compiles; then every start would compile it all.
	@$(BIN)/python -m compileall -q -j 0 activities adapters api cli domain workflows worker.py
	@touch $@

.PHONY: setup
setup: $(STAMP) ## Set up the virtual environment in .venv and the local servers
	@$(BIN)/firm-offer setup

.PHONY: run
run: $(STAMP) ## Start the whole product with demo data and print its addresses
	@exec $(BIN)/firm-offer run

.PHONY: demo
demo: $(STAMP) ## Play the life of two quotes on a stack of its own, told and checked; leaves nothing behind
	@exec $(BIN)/firm-offer demo

.PHONY: check
check: $(STAMP) ## All static checks
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: test
test: check ## Check, then run all tests (sets up what it needs)
	@$(BIN)/firm-offer setup --browser
	@$(BIN)/python -m pytest -n $(RUNS) --dist loadfile --no-loadscope-reorder --max-worker-restart 0

.PHONY: faults
faults: $(STAMP) ## Price 100,000 parts twice; read 1,000 quotes; set thousands of texts; send 2,000 requests of all forms to all operations; follow 40 writers for a minute; tell 5,000 webhooks; make each fault that has an alert and wait for a real Prometheus to raise it (skipped where there is none); race, flood and kill the product at length, on real servers: 300 lives on broken ways, six planted bugs found, 200 races, 10,000 signals, 2,000 mails to a hostile server, 50 kills, 200 quotes while workers of the commit before are replaced
	@$(BIN)/firm-offer setup
	@FIRM_OFFER_ORACLE_PARTS=100000 $(BIN)/python -m pytest -q -o timeout=3600 tests/unit/pricing/test_oracle.py
	@FIRM_OFFER_TEXTS=4000 $(BIN)/python -m pytest -q -o timeout=3600 tests/unit/pdf/test_any_text.py
	@FIRM_OFFER_ORACLE_QUOTES=1000 $(BIN)/python -m pytest -q -o timeout=3600 tests/unit/quotes/test_what_people_read.py
	@FIRM_OFFER_SCHEMA_CASES=2000 $(BIN)/python -m pytest -q -o timeout=3600 tests/api/test_schema.py
	@FIRM_OFFER_WEBHOOKS=5000 $(BIN)/python -m pytest -q -o timeout=3600 tests/api/test_webhooks.py -k many
	@FIRM_OFFER_FEED_SECONDS=60 $(BIN)/python -m pytest -q -o timeout=3600 tests/integration/db/test_feed.py
	@FIRM_OFFER_ALARMS=1 $(BIN)/python -m pytest -q -o timeout=3600 tests/faults/test_alarms.py
	@$(BIN)/python -m tests.faults
	@$(BIN)/python -m tests.faults.planted

.PHONY: clients
clients: $(STAMP) ## Generate the Python and the TypeScript client, and run each against the product (needs Node.js and npm)
	@$(BIN)/firm-offer setup
	@FIRM_OFFER_CLIENTS=1 $(BIN)/python -m pytest -q tests/api/test_clients.py

.PHONY: containers
containers: $(STAMP) ## Run the product in containers: build, play a quote, restart, three workers, dump and restore; leaves nothing
	@$(BIN)/python -m tests.containers

.PHONY: db-revision
db-revision: $(STAMP) ## Write a migration from the difference between tables and database: MESSAGE="why"
	@test -n "$(MESSAGE)" || { echo 'Say why: make db-revision MESSAGE="add a column for …"'; exit 2; }
	@$(BIN)/firm-offer db-revision "$(MESSAGE)"
	@$(BIN)/ruff format -q adapters/db/migrations/versions

.PHONY: bench
bench: $(STAMP) ## Measure against the bare parts; prints a table. PROFILE=1: the worker's time by its steps
	@$(BIN)/firm-offer setup
	@$(BIN)/python -m tests.bench $(if $(PROFILE),steps)

.PHONY: pictures
pictures: $(STAMP) ## Make the pictures of README and docs anew, from the running product
	@$(BIN)/firm-offer setup --browser
	@$(BIN)/python -m tests.pictures

.PHONY: lock
lock: $(STAMP) ## Make the lock files anew from pyproject.toml
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --extra telemetry pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --extra telemetry --extra local --extra dev pyproject.toml -o requirements-dev.txt
	@echo uv | $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -c requirements-dev.txt - -o requirements-uv.txt
