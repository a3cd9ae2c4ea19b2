# `make demo` to see it, `make test` before a commit. Everything runs in .venv, which is made when it is missing.

.DEFAULT_GOAL := help
BIN := .venv/bin
ENVIRONMENT := .venv/installed
WORKERS ?= 2
PYTEST_ARGS ?=

.PHONY: help setup demo test check lint types imports services pytest bench docs lock build extension clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /    make \1\t/p' Makefile | expand -t 20

setup: $(ENVIRONMENT)  ## make .venv with all that is needed

$(ENVIRONMENT): requirements.lock pyproject.toml runtime/pyproject.toml .ci/environment
	@PYTHON="$(PYTHON)" .ci/environment

demo: $(ENVIRONMENT)  ## the language and the engine at work, in a minute
	@$(BIN)/alertdsl demo

# One failing check does not keep the others and the tests from telling what they found.
test:  ## every check and every test
	@$(MAKE) --no-print-directory --keep-going check services pytest

check: lint types imports  ## the checks that run nothing

lint: $(ENVIRONMENT)  ## ruff: lint and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(ENVIRONMENT)  ## mypy --strict
	$(BIN)/mypy

imports: $(ENVIRONMENT)  ## import-linter: who may import whom
	$(BIN)/lint-imports

# Where a service cannot be had the tests that need it are skipped, or fail in CI; either way pytest says so.
services:  ## install the servers that tests talk to
	-@tests/services/install_influxd.sh >/dev/null
	-@tests/services/install_databases.sh
	-@tests/services/install_mcp_suites.sh >/dev/null

pytest: $(ENVIRONMENT)
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup --durations=15 $(PYTEST_ARGS)

bench: $(ENVIRONMENT)  ## measure speed
	$(BIN)/python -m benchmarks

docs: $(ENVIRONMENT)  ## write docs/reference and the cheat sheet anew
	$(BIN)/python -m docs.generator

lock: $(ENVIRONMENT)  ## choose the newest versions for requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	    --extra store --extra mcp --extra lsp --group dev \
	    --no-emit-package alertdsl --no-emit-package alertdsl-runtime \
	    --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	    --output-file requirements.lock pyproject.toml runtime/pyproject.toml

# The engine's version stands outside its folder, so it is built from here and has no sdist of its own.
build: $(ENVIRONMENT)  ## wheels and sdist, in dist/
	$(BIN)/hatchling build --directory dist
	cd runtime && ../$(BIN)/hatchling build --directory ../dist --target wheel

# vsce is 120 MB of packages, so it is fetched when an extension is to be packed and not for the tests.
extension: $(ENVIRONMENT)  ## the VS Code extension, in dist/ (needs npm and Node 20)
	$(BIN)/python -m editors.generate
	mkdir -p dist
	cp LICENSE editors/vscode/
	cd editors/vscode && npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npx --yes @vscode/vsce@3.9.2 package \
	    --no-git-tag-version --allow-missing-repository --out ../../dist/alertdsl.vsix

clean:  ## remove what was built and cached, but not .venv
	rm -rf build dist runtime/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
