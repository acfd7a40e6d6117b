PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
INSTALLED := .venv/.installed

.PHONY: demo test lint wheelhouse clean

demo: $(INSTALLED)
	$(BIN)/starbranch demo --out demo-run

test: $(INSTALLED)
	$(BIN)/python -m pytest -q -n 2

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/mypy --strict evaluator cli.py

# Everything an offline machine of this system and Python needs: pip install --no-index --find-links wheelhouse starbranch
wheelhouse: $(INSTALLED)
	rm -rf build wheelhouse
	$(PIP) wheel --constraint constraints.txt --wheel-dir wheelhouse .

clean:
	rm -rf .venv build dist wheelhouse demo-run *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) install --constraint constraints.txt --editable '.[test]'
	touch $@
