# Paper Route: the verbs of the house. `make demo` and `make test` need only Python 3.11+, pip and make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test lint types check bench pictures wheel messages lock clean

help:      ## Show these verbs
	@grep -E '^[a-z]+: .*##' Makefile | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/'

demo: .venv/run.done      ## A survey and a digest over the bundled sample, written to ./demo
	$(BIN)/paperroute demo --folder demo

test: .venv/dev.done      ## Run the tests
	$(BIN)/python -m pytest -n auto

lint: .venv/dev.done      ## Check style
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .venv/dev.done     ## Check types
	$(BIN)/mypy

check: lint types test    ## All three

bench: .venv/dev.done     ## Measure: ratios of one run each; what was missed at the end
	$(BIN)/python -m bench.summary start order pipeline latency claims store store_rates topics mail nodes two_nodes web web_strangers slack

pictures: .venv/run.done  ## Draw the documents' pictures anew (needs chromium)
	rm -rf demo && $(BIN)/paperroute --quiet demo >/dev/null
	PAPERROUTE_STORE__PATH=demo/paperroute.db $(BIN)/paperroute show lora --format svg -o docs/route.svg
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1000,1480 \
	  --screenshot=docs/survey.png demo/survey.html
	$(BIN)/paperroute --quiet --config demo/config.toml topics add lora-image-generation \
	  --question "LoRA for image generation" --cadence weekly:mon
	$(BIN)/paperroute --quiet --config demo/config.toml digest lora-image-generation --since 2020-01-01 >/dev/null
	$(BIN)/python -m bench.mail_page demo/paperroute.db lora-image-generation demo/mail.html
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=640,1220 \
	  --screenshot=docs/mail.png demo/mail.html
	PAPERROUTE_SOURCE__KIND=sample PAPERROUTE_STORE__PATH=demo/paperroute.db \
	  $(BIN)/paperroute --quiet survey "LoRA for image generation" --papers 10 >/dev/null
	$(BIN)/python -m bench.slack_picture demo/paperroute.db "LoRA for image generation, top 10" demo/slack.html
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=760,640 \
	  --screenshot=docs/slack.png demo/slack.html
	$(BIN)/python -m bench.picture docs/archive.png

wheel: .venv/dev.done     ## Build the wheel into ./dist
	$(BIN)/python -m build --wheel --outdir dist

messages: .venv/dev.done  ## Bring the .po files up to what the sources say
	$(BIN)/python -m digest.i18n.extraction

# Written with uv, so that one file holds every platform's wheels; no address of any index is in it.
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q
lock:      ## Pin every dependency anew, with hashes
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --extra postgresql -c requirements.lock -o requirements-postgresql.lock
	$(LOCK) pyproject.toml --group dev -o requirements-dev.lock

clean:     ## Remove what the verbs made
	rm -rf .venv build dist demo *.egg-info templates/locale/*/*.mo .pytest_cache .mypy_cache .ruff_cache .hypothesis

PIP := $(BIN)/python .ci/install.py

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Paper Route needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv

# The catalogues are compiled by the install.
.venv/run.done: pyproject.toml setup.py requirements.lock $(wildcard templates/locale/*/*.po) | .venv/bin/python
	@echo "Installing $$(grep -c == requirements.lock) packages into .venv, which takes a minute or two:"
	$(PIP) --require-hashes -r requirements.lock
	# Setuptools warns of every editable install from a flat layout; ours is meant.
	PYTHONWARNINGS=ignore $(PIP) --no-deps --editable .
	touch $@

.venv/dev.done: requirements-dev.lock .venv/run.done
	@echo "Installing what tests and benchmarks need, which takes a minute:"
	$(PIP) --require-hashes -r requirements-dev.lock
	touch $@
