# What every service's Makefile has in common. Each folder is checked on its own:
# `make -C user-service check` needs that folder, contracts/ and Python, nothing else.
CONTRACTS ?= ../contracts
CACHE     ?= ../.cache
UV        := $(CACHE)/uv/bin/uv
PY        := .venv/bin/python
PYTHON    ?= python3
TYPED     ?= src
CODE      ?= .
FAST      ?= $(wildcard tests/unit tests/contract)
# What the service promises, asked of the running app: too long for a check before each commit.
CONTRACT  ?= $(wildcard tests/contract tests/provider)
TESTS     ?= tests
include $(CONTRACTS)/image.mk
export PYTHONPATH := src:$(CONTRACTS)/src
# Compiled once, and not between the sources: half of a short run was compiling.
export PYTHONPYCACHEPREFIX := $(abspath $(CACHE))/pycache
unexport PYTHONDONTWRITEBYTECODE
export PACT_DO_NOT_TRACK := true

.DEFAULT_GOAL := help
.PHONY: help venv format lint types fast check contract openapi pacts verify \
        test lock

help:    ## this help
	@sed -n 's/^\([a-z-]*\): .*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

venv: .venv/installed ## the virtual environment, made from requirements-dev.lock

.venv/installed: requirements-dev.lock | $(UV)
	$(UV) venv --quiet --clear --python $(PYTHON) .venv
	$(UV) pip install --quiet --python $(PY) --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

$(UV): $(CONTRACTS)/build-tools.lock
	$(PYTHON) -m venv $(CACHE)/uv
	$(CACHE)/uv/bin/pip install --quiet --require-hashes -r $<
	@touch $@

format: venv ## format the code
	.venv/bin/ruff format $(CODE) && .venv/bin/ruff check --fix $(CODE)

lint: venv ## formatter and linter, as checks
	.venv/bin/ruff format --check $(CODE) && .venv/bin/ruff check $(CODE)

types: venv ## strict types
	.venv/bin/mypy $(TYPED)

fast: venv ## unit and contract tests
	$(PY) -m pytest -q $(FAST)

check: lint types fast ## the fast half: needs no other service and no Docker

contract: venv ## what it needs of others and what it promises them: pacts, schemathesis
	$(PY) -m pytest -q $(CONTRACT)

verify: venv ## record for the gate which pacts it keeps; on committed code, to be committed
	RECORD_VERIFICATIONS=1 $(PY) -m pytest -q -s tests/provider/test_pacts.py

openapi: venv ## write its OpenAPI document into contracts/, after a change that is meant
	$(PY) -m $(subst -,_,$(NAME)) openapi > $(CONTRACTS)/openapi/$(NAME).json

pacts: venv ## write the committed pacts anew, after a change of what it needs that is meant
	WRITE_PACTS=1 $(PY) -m pytest -q $(wildcard tests/contract)

test: lint types ## formatter, linter and types as checks, and every test of this folder
	$(PY) -m pytest -q $(TESTS)

lock: | $(UV) ## pin what pyproject.toml asks for, by hash, without index addresses
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header $(LOCK_FLAGS) pyproject.toml $(LOCK_INPUTS) -o requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header $(LOCK_FLAGS) pyproject.toml $(LOCK_INPUTS) --group dev -c requirements.lock -o requirements-dev.lock
