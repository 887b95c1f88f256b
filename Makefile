# Two commands matter: make run, make test. The rest is for those who change gapmap.

SHELL := bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

export PYTHON
BIN := .venv/bin
SERVE := $(if $(ADDRESS),--address $(ADDRESS)) $(if $(PORT),--port $(PORT))

.PHONY: help run test setup setup-dev format-check lint types contracts tests types-and-tests \
	browser-tests format lock wheel screenshots meeting bench clean

help: ## List these commands
	@echo 'make COMMAND, where COMMAND is'
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' Makefile | expand -t 16

run: setup ## Start the app on the demo study (PORT=8600, ADDRESS=0.0.0.0 to choose where)
	@exec $(BIN)/gapmap serve $(SERVE)

test: setup-dev format-check lint contracts types-and-tests browser-tests ## Everything that CI runs

setup:
	@bash scripts/venv.sh run

setup-dev:
	@bash scripts/venv.sh dev

format-check: setup-dev
	@echo '== format: ruff format --check'
	@$(BIN)/ruff format --check .

lint: setup-dev
	@echo '== lint: ruff check'
	@$(BIN)/ruff check .

types: setup-dev
	@echo '== types: mypy --strict'
	@$(BIN)/mypy

contracts: setup-dev
	@echo '== architecture contracts: import-linter'
	@$(BIN)/lint-imports

tests: setup-dev
	@echo '== tests: unit, property, app'
	@$(BIN)/python -m pytest -m 'not browser' -n auto --dist worksteal

# Side by side: the types keep one core busy for a while, and the tests wait now and then.
types-and-tests: setup-dev
	@types=$$(mktemp); $(BIN)/mypy >"$$types" 2>&1 & checking=$$!; \
	$(MAKE) --no-print-directory tests; tested=$$?; \
	wait $$checking; checked=$$?; \
	echo '== types: mypy --strict'; cat "$$types"; rm -f "$$types"; \
	exit $$((tested | checked))

# Chromium is looked for by the tests themselves; here it is only installed where that can be done.
browser-tests: setup-dev
	@echo '== tests: browser'
	@$(BIN)/python scripts/find_chromium.py --install || true
	@$(BIN)/python -m pytest -m browser tests/browser -n 2 --dist worksteal

format: setup-dev ## Format the code and mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: ## Write the lock files anew (ARGS=--upgrade for newer versions; needs uv)
	@bash scripts/lock.sh $(ARGS)

wheel: setup-dev ## Build dist/gapmap-*.whl, which works alone
	@rm -rf dist
	@$(BIN)/hatchling build -t wheel -t sdist

screenshots: setup-dev ## Take the README's pictures at 1280, 1920 and 390 px
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

meeting: setup-dev ## Play a meeting of eight partners, with pictures and printed minutes
	@$(BIN)/python -m tests.browser.meeting $(ARGS)

bench: setup-dev ## Time gapmap and its peers side by side
	@$(BIN)/python -m benchmarks.coverage $(ARGS)
	@$(BIN)/python -m benchmarks.uncertainty
	@$(BIN)/python -m benchmarks.app

clean: ## Remove the environment, what was built and all caches
	@rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
