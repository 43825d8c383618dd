# Everything in a virtual environment of its own; needs Python 3.11 or newer (on Debian with
# python3-venv) and make. Node comes from PyPI at build time where the machine has none.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: run test test-long trust lint format sample messages screenshots clean

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

clean:
	rm -rf $(VENV) dist store cetm_geo/web/vendor

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml constraints.txt cetm_geo/web/package-lock.json
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
