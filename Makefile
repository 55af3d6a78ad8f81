# The commands of Strongroom; `make help` lists them. What they do stands in localcloud/ and is plain Python.

PYTHON ?= python3
STACK ?= local
RUN := .venv/bin/python -m localcloud

# Byte code is most of every start-up.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test up preview destroy down process attest outputs export docs diagram check bench lock

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## install what is missing: packages, engine, AWS plugin; under five seconds when all is there
	@$(PYTHON) -m localcloud setup

demo: setup ## deploy stack local under the policy pack, send samples/ through it, show the control totals
	@$(RUN) demo

test: setup ## run every suite
	@.venv/bin/python -m pytest -n auto --dist loadgroup tests

up: setup ## deploy STACK (default local)
	@$(RUN) up --stack $(STACK)

preview: setup ## show what up would change
	@$(RUN) preview --stack $(STACK)

destroy: setup ## destroy STACK; prod is refused
	@$(RUN) destroy --stack $(STACK)

down: setup ## stop the local AWS and forget the local state
	@$(RUN) down

process: setup ## send FILE through the running local stack, print its manifest as JSON
	@$(RUN) process "$(FILE)"

attest: setup ## compare the running local stack with what was meant, print the evidence as JSON
	@$(RUN) attest

outputs: setup ## print the outputs of STACK as JSON
	@$(RUN) outputs --stack $(STACK)

export: setup ## print the state of STACK as JSON
	@$(RUN) export --stack $(STACK)

docs: setup ## write the pages that are rendered from data: rules, controls, runbooks
	@$(RUN) docs

diagram: setup ## print the deployed local stack as a Mermaid diagram
	@$(RUN) diagram

check: setup ## lint, format, types, workflow lint
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/zizmor --offline --no-progress .github/workflows

bench: setup ## the measurements; ONLY=name for one
	@.venv/bin/python -m bench $(ONLY)

lock: setup ## compile the hashed requirements files from pyproject.toml
	@.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra dev -o requirements-dev.txt
	@.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -c requirements-dev.txt -o requirements.txt
