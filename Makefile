# Every line works on a fresh machine with Python 3.11 or newer; what is missing is installed first.
PYTHON ?= python3
INTRAMUROS = .venv/bin/intramuros
EVAL_DATA ?= $(or $(INTRAMUROS_EVAL_DATA),../shared/eval)
EVAL_FLAGS = $(if $(ONLY),--only $(ONLY)) $(if $(SAVE),--save)

.DEFAULT_GOAL := help
.PHONY: help run test test-compose check format eval bench images locks bundle clean

help:  ## show this
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s%s\n", $$1, $$2 }'

run:  ## set everything up and start the whole assistant; Ctrl-C stops it
	@$(PYTHON) -m app.bootstrap run

test:  ## format, lint, types and every test, with a real vLLM and a real browser
	@$(PYTHON) -m app.bootstrap test

test-compose:  ## the compose files alone, on a real container engine (root, Debian)
	@$(PYTHON) -m app.bootstrap test-compose

check:  ## format, lint, types and the fast tests
	@$(PYTHON) -m app.bootstrap check

format:  ## bring the code into its form
	@$(PYTHON) -m app.bootstrap app
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

eval:  ## measure quality beside the committed figures (EVAL_DATA=folder, ONLY=set, SAVE=1 commits new ones)
	@$(PYTHON) -m app.bootstrap app
	@failed=0; \
	$(INTRAMUROS) eval retrieval --data $(EVAL_DATA)/retrieval $(EVAL_FLAGS) || failed=$$?; \
	$(INTRAMUROS) eval evidence --data $(EVAL_DATA) $(EVAL_FLAGS) || failed=$$?; \
	$(if $(ONLY),,$(INTRAMUROS) eval quotations --data $(EVAL_DATA) $(if $(SAVE),--save) || failed=$$?;) \
	$(if $(ONLY),,$(INTRAMUROS) eval citations --data $(EVAL_DATA) $(if $(SAVE),--save) || failed=$$?;) \
	$(if $(SAVE),$(INTRAMUROS) eval plot deploy/pictures/retrieval.svg || failed=$$?;) \
	$(if $(ONLY)$(SAVE),,$(INTRAMUROS) eval answers || failed=$$?;) \
	exit $$failed

bench:  ## measure the speed of search
	@$(PYTHON) -m app.bootstrap app
	@$(INTRAMUROS) bench search

images:  ## build the container images with their bills of materials (STANDIN=1: on Debian's packages, for tests)
	@$(PYTHON) -m app.bootstrap app
	@.venv/bin/python -m deploy.images build $(TARGETS) $(if $(STANDIN),--stand-in)

bundle:  ## write an installation for behind an air gap into one signed directory (TO=folder, KEY=file, OVERLAYS="edge cpu")
	@$(PYTHON) -m app.bootstrap app
	@$(INTRAMUROS) bundle create $(TO) --key $(KEY) $(foreach name,$(OVERLAYS),--overlay $(name)) --wheels

locks:  ## write every package of the images by version and hash into deploy/locks/
	@$(PYTHON) -m app.bootstrap app
	@.venv/bin/python -m deploy.images lock

clean:  ## remove environments and caches; documents in data/ and models stay
	rm -rf .venv .venv-vllm .mypy_cache .pytest_cache .ruff_cache .hypothesis build *.egg-info
