# Every target is one line a person would type. No virtual environment to activate, no step in between.
PYTHON ?= python3
BIN := .venv/bin
SETUP := .venv/.ready
DEV := .venv/.ready-dev
BENCH := .venv/.ready-bench
AUDIT := .venv-audit/.ready
FUZZ := .venv-fuzz/.ready

# Where a machine forbids it to be kept, every process a test starts compiles the house and its libraries anew: 7 s instead of 3.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
QUICK := tests/app/domain tests/connectors/reading tests/connectors/test_address.py tests/connectors/test_compose.py \
	tests/architecture/test_documents.py tests/architecture/test_templates.py

.PHONY: help run quick fix test coverage lint migration audit fuzz bench bench-learning verify translations settings openapi lock clean

help: ## show this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: $(SETUP) ## start Sluse with an invented municipality: http://127.0.0.1:8000
	@$(BIN)/sluse demo

quick: $(DEV) ## under a minute, while one works: style, types, who may import whom, and the tests that take no time
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q . && $(BIN)/mypy && $(BIN)/lint-imports
	@$(BIN)/python -m pytest -n 2 $(QUICK) -k "not linear and not long_time"

fix: $(DEV) ## mend what ruff can mend by itself, and lay out the code
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

test: $(DEV) $(AUDIT) ## everything that must hold, on SQLite and then on PostgreSQL, in some minutes
	@scripts/browser
	@scripts/gmime
	@scripts/dovecot
	@$(BIN)/python -m pytest -n 3
	@SLUSE_TEST_DATABASE=postgresql $(BIN)/python -m pytest -n 3 --one-case-each tests/app tests/architecture tests/test_way_of_a_mail.py

lint: $(DEV) ## style, types and who may import whom
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

coverage: $(DEV) ## which lines of services and workflow no test of theirs reaches
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n 2 tests/app/services tests/app/workflow
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report

migration: $(DEV) ## write the next migration from the models: make migration NAME=add_colour
	@$(BIN)/python -m scripts.migration $(NAME) && $(BIN)/ruff check -q --fix migrations && $(BIN)/ruff format -q migrations

audit: $(DEV) $(AUDIT) ## advisories, licences, parts list, bandit and our own rules: what we ship, and what it is made of
	@$(BIN)/python -m tests.supply_chain

fuzz: $(DEV) $(FUZZ) ## half an hour of mutated bytes against parser, sanitiser, letters and masks, where atheris can be had
	@$(BIN)/python -m tests.fuzz

bench: $(DEV) ## how fast a correction is learned, open mails are scored again, every page answers in a large town, mails are taken in
	@$(BIN)/python -m tests.bench

bench-learning: $(BENCH) ## learning beside every peer on the public sets: hours; writes docs/benchmark.md and goes on where it stopped
	@$(BIN)/python -m tests.benchmark

verify: $(DEV) ## long acceptance runs: each prints its bar beside its figure and fails on a miss
	@scripts/gmime
	@scripts/dovecot
	@$(BIN)/python -m tests.verify

translations: $(DEV) ## take new Danish texts into the English catalogue, and compile it
	@scripts/translations

settings: $(SETUP) ## write docs/settings.md anew from the settings in app/config.py
	@$(BIN)/sluse settings > docs/settings.md.new && mv docs/settings.md.new docs/settings.md || { rm -f docs/settings.md.new; false; }

openapi: $(SETUP) ## write docs/openapi.json anew from the types that the figures' addresses read and answer with
	@$(BIN)/python -m scripts.openapi > docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json || { rm -f docs/openapi.json.new; false; }

lock: $(DEV) ## resolve the dependencies anew into requirements*.txt
	@$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-header --no-annotate --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	@echo "$$($(BIN)/python -m tests.supply_chain.tools)" | $(BIN)/uv pip compile -q --upgrade --generate-hashes --no-header --no-annotate - -o requirements-audit.txt

clean: ## remove what was installed and the demo's data
	rm -rf .venv .venv-audit .venv-fuzz var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*

.venv/bin/uv:
	@echo "Setting up (once, about half a minute) …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check "uv>=0.9,<1"

$(SETUP): .venv/bin/uv requirements.txt pyproject.toml
	@$(BIN)/uv pip install --quiet --require-hashes -r requirements.txt
	@$(BIN)/uv pip install --quiet --no-deps -e .
	@touch $@

$(DEV): $(SETUP) requirements-dev.txt
	@$(BIN)/uv pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

$(AUDIT): .venv/bin/uv requirements-audit.txt
	@$(BIN)/uv venv --quiet --clear --python $(PYTHON) .venv-audit
	@$(BIN)/uv pip install --quiet --python .venv-audit/bin/python --require-hashes -r requirements-audit.txt
	@touch $@

$(FUZZ): .venv/bin/uv requirements.txt
	@$(BIN)/uv venv --quiet --clear --python $(PYTHON) .venv-fuzz
	@$(BIN)/uv pip install --quiet --python .venv-fuzz/bin/python --require-hashes -r requirements.txt
	@$(BIN)/uv pip install --quiet --python .venv-fuzz/bin/python "atheris>=3,<4" && touch $@ || { rm -rf .venv-fuzz; echo "atheris cannot be had here."; }

$(BENCH): $(DEV)
	@$(BIN)/uv pip install --quiet -e ".[bench]" && touch $@ || echo "The bench extra cannot be had here: its peer is left out."
