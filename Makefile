# Every target works on a fresh clone: .venv is made at the first call, and brought up to date
# only when a lock file or pyproject.toml has changed. ARGS="…" goes to the program of the target.
PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
EDITABLE := --no-deps --no-build-isolation --editable .
PROJECT := pyproject.toml hatch_build.py requirements/build.lock
RUNTIME := $(VENV)/runtime.stamp
DEV := $(VENV)/dev.stamp
ASSETS := $(VENV)/assets.stamp
SOURCES := $(wildcard src/rallypoint/ui/web/source/* src/rallypoint/ui/web/locale/*/LC_MESSAGES/*.po)
PEERS := .venv-bench/peers.stamp
UV_VERSION := 0.13.9
COMPILE := $(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header $(ARGS)
NPM_LOCK := npm install --package-lock-only --ignore-scripts --no-audit --no-fund

.DEFAULT_GOAL := help
.PHONY: help demo test chaos lint format bench bench-jobs assets words pictures lock clean FORCE

help: ## Say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: $(or $(wildcard $(DEV)),$(RUNTIME)) $(ASSETS) ## Play with it: a local Discord, a demo guild, the bot and the dashboard
	$(BIN)/rallypoint demo $(ARGS)

# The other clients are installed at the first call, each in a place of its own.
test: $(DEV) $(ASSETS) ## Run every test, with servers of its own
	$(BIN)/python -m tests.servers --with clients,discord_js,standardwebhooks_js,redis,rabbitmq_starting -- $(BIN)/python -m pytest -n auto --maxprocesses 8 -m "not chaos" $(ARGS)

chaos: $(DEV) $(ASSETS) ## Run the long tests which kill and cut
	$(BIN)/python -m tests.servers --with redis,rabbitmq_starting -- $(BIN)/python -m pytest -m chaos $(ARGS)

lint: $(DEV) ## Check style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV) ## Put the code in order
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(DEV) $(ASSETS) ## Take the figures (ARGS="name" for one)
	$(BIN)/python -m tests.servers --without chromium --with redis,rabbitmq -- $(BIN)/python -m bench $(ARGS)

# Without the peers' packages the bench still measures us, and says of each peer why it is not there.
bench-jobs: $(DEV) ## Measure the job engine beside its peers, in 20 minutes (ARGS="--quick": 5; "--only rallypoint,celery")
	@$(MAKE) --no-print-directory $(PEERS) || echo "the peers could not be installed"
	$(BIN)/python -m tests.servers --without chromium --with redis,rabbitmq -- $(BIN)/python -m bench.jobs $(ARGS)

assets: $(ASSETS) ## Make the dashboard's scripts, styles and catalogs

words: $(DEV) ## Take up in the catalogs what the pages say
	$(BIN)/python scripts/take-up-words.py

pictures: $(DEV) $(ASSETS) ## Take the pictures of docs/images anew
	$(BIN)/python -m tests.servers --without postgres -- $(BIN)/python scripts/take-pictures.py

lock: $(DEV) ## Resolve the lock files anew (ARGS=--upgrade for newer versions)
	$(PIP) uv==$(UV_VERSION)
	$(COMPILE) pyproject.toml --output-file requirements/runtime.lock
	$(COMPILE) pyproject.toml --group dev --constraint requirements/runtime.lock \
		--output-file requirements/dev.lock
	$(COMPILE) --group build --constraint requirements/dev.lock \
		--output-file requirements/build.lock
	$(COMPILE) --group bench --output-file requirements/bench.lock
	$(COMPILE) --group clients --output-file requirements/clients.lock
	cd tests/fakecord/independent/discord_js && $(NPM_LOCK)
	cd tests/adapters/delivery/standardwebhooks_js && $(NPM_LOCK)
	cd src/rallypoint/ui/web/source && $(NPM_LOCK)

clean: ## Remove what was built and cached (.venv stays)
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# A Python that was moved away leaves a dangling link: then the environment is made anew.
$(VENV)/pyvenv.cfg: $(if $(wildcard $(BIN)/python),,FORCE)
	scripts/make-venv.sh $(VENV) $(PYTHON)

$(ASSETS): $(or $(wildcard $(DEV)),$(RUNTIME)) hatch_build.py $(SOURCES)
	$(BIN)/python hatch_build.py
	@touch $@

$(PEERS): requirements/bench.lock
	scripts/make-venv.sh .venv-bench $(PYTHON)
	.venv-bench/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r $<
	@touch $@

$(RUNTIME): $(VENV)/pyvenv.cfg requirements/runtime.lock $(PROJECT)
	$(PIP) --require-hashes -r requirements/runtime.lock -r requirements/build.lock
	$(PIP) $(EDITABLE)
	@touch $@

$(DEV): $(VENV)/pyvenv.cfg requirements/dev.lock $(PROJECT)
	$(PIP) --require-hashes -r requirements/dev.lock
	$(PIP) $(EDITABLE)
	@touch $@ $(RUNTIME)
