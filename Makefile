# Everything in a virtual environment of its own; needs Python 3.11 or newer (on Debian with
# python3-venv) and make. Node comes from PyPI at build time where the machine has none.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# uv and pip-audit keep an environment of their own, so that what they need holds nothing back.
TOOLS ?= .venv-tools
# Every file that is installed has to have one of the hashes in requirements/.
LOCKED := -m pip install --quiet --disable-pip-version-check --require-hashes
COMPILE := $(TOOLS)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate
LAYERS := $(patsubst %,requirements/%.txt,run extras test dev)
ALL := $(TOOLS)/all.txt
without = $$(sed -n 's/^\([a-z0-9-]*\)==.*/--no-emit-package \1/p' $(patsubst %,requirements/%.txt,$(1)))

.PHONY: run test test-long trust lint format sample messages screenshots lock audit sbom licences clean

run: $(VENV)/installed  ## build the sample country and serve it on http://127.0.0.1:8050
	$(BIN)/cetm-geo demo

test: $(VENV)/installed-test  ## tests but the longest; those that need a browser or other data skip without
	$(BIN)/python -m pytest

test-long: $(VENV)/installed-test  ## the longest: the wheel, the sample made anew, matrices of views
	$(BIN)/python -m pytest -m long

trust: $(VENV)/installed-test  ## what store and server promise, at the sizes of docs/trust.md
	CETM_TRUST=full $(BIN)/python -m pytest -v --durations=0 tests/test_trust_*.py

lint: $(VENV)/installed-dev  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

sample: $(VENV)/installed  ## write sample_data/ again from its seed
	$(BIN)/python sample_data/generate.py

messages: $(VENV)/installed  ## bring the catalogues of translations up to the code's texts
	$(BIN)/python -m cetm_geo.catalogues

screenshots: $(VENV)/installed-test  ## every view in two sizes, two themes, four languages
	$(BIN)/python -m tools.screenshots --out screenshots

# All together first, from what is pinned today, so that only what WITH names moves; then file by
# file, each package in the first that needs it.
lock: export UV_CUSTOM_COMPILE_COMMAND = make lock
lock: $(TOOLS)/installed  ## pins and hashes of pyproject.toml; WITH='--upgrade-package NAME' bumps one
	cat $(LAYERS) > $(ALL)
	$(COMPILE) $(WITH) --all-extras --group build pyproject.toml -o $(ALL)
	$(COMPILE) -c $(ALL) pyproject.toml -o requirements/run.txt
	$(COMPILE) -c $(ALL) --extra cluster --extra remote pyproject.toml $(call without,run) -o requirements/extras.txt
	$(COMPILE) -c $(ALL) --extra test pyproject.toml $(call without,run extras) -o requirements/test.txt
	$(COMPILE) -c $(ALL) --all-extras pyproject.toml $(call without,run extras test) -o requirements/dev.txt
	$(COMPILE) -c $(ALL) --group build -o requirements/build.txt
	$(COMPILE) --group node -o requirements/node.txt
	$(COMPILE) $(WITH) -c $(ALL) --group tools -o requirements/tools.txt

audit: $(TOOLS)/installed  ## known vulnerabilities of what is pinned; fails where nobody could be asked
	cat requirements/*.txt > $(ALL)
	$(TOOLS)/bin/pip-audit --strict --require-hashes --disable-pip -r $(ALL)
	cd cetm_geo/web && npm audit --package-lock-only

sbom: $(VENV)/installed-dev  ## what comes with the program, as CycloneDX
	$(BIN)/python -m tools.sbom --out dist/cetm-geo.cdx.json

licences: $(VENV)/installed-dev  ## write docs/licences.md again
	$(BIN)/python -m tools.licences

clean:
	rm -rf $(VENV) $(TOOLS) dist store cetm_geo/web/vendor

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# The build backend stands in the environment, hashed like the rest: an isolated build would fetch
# it without hashes. Node, 60 MB, only where the browser modules are to be built and none is there.
$(VENV)/installed: $(VENV)/bin/python pyproject.toml requirements/run.txt requirements/build.txt requirements/node.txt cetm_geo/web/package-lock.json
	$(BIN)/python $(LOCKED) -r requirements/run.txt -r requirements/build.txt
	if $(BIN)/python cetm_geo/web/hatch_build.py --needs-node; then $(BIN)/python $(LOCKED) -r requirements/node.txt; fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/installed-test: $(VENV)/installed requirements/extras.txt requirements/test.txt
	$(BIN)/python $(LOCKED) -r requirements/extras.txt -r requirements/test.txt
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed-test requirements/dev.txt
	$(BIN)/python $(LOCKED) -r requirements/dev.txt
	@touch $@

$(TOOLS)/installed: requirements/tools.txt
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python $(LOCKED) -r $<
	@touch $@
