# make show | test | bench | lint | setup          `make help` says what each does
.DEFAULT_GOAL := help
.PHONY: help show setup setup-offline setup-test test bench lint format lock clean
RUN = .venv/bin
# Node is in .venv only where the machine has none that is new enough.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
ARGS =

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  \1\t/' | expand -t 18

show: ## set up what is missing and open the built-in production in the browser (ARGS="…" go to show run)
	@./setup.sh show
	@$(RUN)/show run $(ARGS)

setup: ## set up a show: Python packages, viewer
	@./setup.sh show

setup-offline: ## set up the toolchain as well: TensorFlow, importers, export
	@./setup.sh offline

setup-test: ## set up everything that the tests need
	@./setup.sh test

test: ## set up and run the whole suite, real components included
	@./setup.sh test
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check --quiet .
	@$(RUN)/mypy
	@cd web_viewer && npm run --silent lint && npm run --silent test
	@$(RUN)/python -m pytest $(ARGS)

bench: ## the benchmarks, each beside what a user would pick instead
	@./setup.sh test
	@for file in benchmarks/*.py; do echo "== $$file"; $(RUN)/python $$file || exit 1; done

lint: ## format and check without tests
	@./setup.sh test
	@$(RUN)/ruff format --quiet .
	@$(RUN)/ruff check --fix .
	@$(RUN)/mypy
	@cd web_viewer && npm run --silent format && npm run --silent lint

lock: ## make the lock files anew (requirements/*.txt, with hashes)
	@./setup.sh test
	@for name in build node; do $(LOCK) requirements/$$name.in -o requirements/$$name.txt; done
	@$(LOCK) pyproject.toml --extra offline --extra test -o requirements/test.txt
	@$(LOCK) pyproject.toml --extra offline -c requirements/test.txt -o requirements/offline.txt
	@$(LOCK) pyproject.toml -c requirements/test.txt -o requirements/show.txt

LOCK = $(RUN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header

clean: ## remove what was set up and built
	@rm -rf .venv web_viewer/node_modules web_viewer/dist
