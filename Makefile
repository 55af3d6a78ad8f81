# The commands of Strongroom; `make help` lists them. The package cli implements them in Python.

PYTHON ?= python3
STACK ?= local
RUN := .venv/bin/python -m cli

# Without byte code every start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test up preview destroy down process attest rebuild-table examiner-export redrive replay outputs export docs diagram check bench lock

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 24

setup: ## install packages, Pulumi engine and AWS plugin; takes seconds if nothing is missing
	@$(PYTHON) -m cli setup

demo: setup ## deploy stack local under the policy pack, process samples/, show the control totals
	@$(RUN) demo

test: setup ## run all tests
	@.venv/bin/python -m pytest -n auto --dist loadgroup tests

up: setup ## deploy STACK (default local)
	@$(RUN) up --stack $(STACK)

preview: setup ## show what up would change in STACK, and the policy pack's findings
	@$(RUN) preview --stack $(STACK)

destroy: setup ## destroy STACK; a production stack is refused
	@$(RUN) destroy --stack $(STACK)

down: setup ## stop the local AWS and delete the local state
	@$(RUN) down

process: setup ## process FILE with the running local stack, print its manifest as JSON
	@$(RUN) process "$(FILE)"

attest: setup ## compare the running local stack with its expected state, print the evidence as JSON
	@$(RUN) attest

rebuild-table: setup ## write the table of STACK anew from its output bucket, after the table was lost
	@$(RUN) rebuild-table --stack $(STACK)

examiner-export: setup ## pack results and audit trail of STACK, of the days from FROM to the one before TO, into the ZIP file FILE
	@$(RUN) examiner-export --stack $(STACK) --from "$(FROM)" --to "$(TO)" --output "$(FILE)"

redrive: setup ## return the dead letters of STACK to its processor
	@$(RUN) redrive --stack $(STACK)

replay: setup ## notify the processor of STACK of the file KEY again, or of its VERSION
	@$(RUN) replay --stack $(STACK) --version "$(VERSION)" -- "$(KEY)"

outputs: setup ## print the outputs of STACK as JSON
	@$(RUN) outputs --stack $(STACK)

export: setup ## print the state of STACK as JSON
	@$(RUN) export --stack $(STACK)

docs: setup ## write everything that is rendered from code: pages, API reference, schemas, pictures
	@$(RUN) docs

diagram: setup ## draw the pictures in docs/pictures
	@$(RUN) diagram

check: setup ## check style, format, types and workflows
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/zizmor --offline --no-progress .github/workflows

bench: setup ## run the measurements; ONLY=name for one
	@.venv/bin/python -m bench $(ONLY)

lock: setup ## write the hashed requirements files from pyproject.toml
	@.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra dev -o requirements-dev.txt
	@.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -c requirements-dev.txt -o requirements.txt
