# Two commands on a fresh machine: `make app` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
# Tests of a page wait for half of their time, for the browser and the server: half as many workers again as processors.
WORKERS ?= $(shell $(PYTHON) -c "import os; print(max(2, (os.cpu_count() or 1) * 3 // 2))")
# pip itself would compile 12,000 files, one after another, for longer than all else that it does; the fifth of them that
# is ever imported is compiled here, once, even where the environment keeps no bytecode, and not by each process anew.
INSTALL = $(BIN)/pip install -q --no-compile -r
COMPILE = PYTHONDONTWRITEBYTECODE= $(BIN)/python -c "import torch._dynamo, streamlit.web.bootstrap, resnet_viz.ui.main
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: app test coverage fast nightly check wheel bench load page docs foreign documents notebooks mutants train browser
.DELETE_ON_ERROR:

app: .venv/app.done  ## install what the app needs and open it
	$(BIN)/streamlit run app.py

test: .venv/dev.done browser  ## every test, the real browser included
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

coverage: .venv/dev.done browser  ## the same, and which lines and branches no test runs
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder --cov --cov-report=term:skip-covered

fast: .venv/dev.done  ## while one works: every test but those that start a browser, a server or Pythons, and sweeps; 10 random networks of each sort and not 40
	HYPOTHESIS_PROFILE=fast $(BIN)/python -m pytest -q -n auto --dist loadscope --no-loadscope-reorder --ignore tests/browser -m "not processes and not sweep"

nightly: .venv/dev.done  ## random networks over all fields, 600 of each sort, the whole catalogue, and 10,000 numbers taken apart
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -q tests/test_engines.py tests/test_settings.py tests/test_layout.py tests/test_window.py \
	  tests/test_field.py tests/test_receptive.py tests/test_diagnosis.py tests/test_comparing.py tests/test_breaking.py tests/test_lessons.py tests/test_graphs.py tests/test_whose_weights.py \
	  tests/test_apart.py tests/test_inside.py

check: .venv/dev.done  ## format, lint, types, layers, the container file: what pre-commit runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/hadolint deploy/Dockerfile

wheel: .venv/dev.done  ## what is published, in dist/; README_FILES is where its pictures lie
	$(BIN)/python -m build --no-isolation

docs: .venv/docs.done  ## the documentation, in site/: every figure and number is computed while it builds, a warning is an error
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs site

bench: .venv/bench.done  ## speed against other tracers, as ratios measured in this run
	$(BIN)/python -m benchmarks

mutants: .venv/mutants.done  ## do the tests see planted faults? 20 of each file; MODULE=… all of one, MUTANTS=0 all of each
	$(BIN)/python -m tests.mutation --module "$(MODULE)" --mutants $(or $(MUTANTS),$(if $(MODULE),0,20)) --seed $(or $(SEED),0) $(if $(AGAIN),--again)

train: .venv/app.done  ## the networks that the package carries, and the study of depth, anew; PART="drawings" or "depths" alone
	$(BIN)/python -m training $(PART)

load: .venv/app.done  ## 1, 20, 60 and 100 people on a server of their own; MEMORY=1 memory over 5,000 changes, CHECK=1 fails over a limit; REPLICAS=4 behind nginx instead
	$(BIN)/python -m benchmarks.load $(if $(REPLICAS),--replicas $(REPLICAS)) $(if $(PEOPLE),--people $(PEOPLE)) $(if $(SECONDS_EACH),--seconds $(SECONDS_EACH)) $(if $(MEMORY),--memory) $(if $(CHECK),--check)

page: .venv/dev.done browser  ## a change in a browser: click to picture, messages, selection, first visit; CHECK=1 fails over a limit
	$(BIN)/python -m benchmarks.page $(if $(CHECK),--check)

foreign: .venv-foreign/done  ## other people's models, 5 GB of them, against what is known of each; WORDS="timm smp" some
	.venv-foreign/bin/python -W ignore -m tests.foreign $(WORDS)

documents: .venv/dev.done  ## what is handed out, opened by TeX Live and LibreOffice, 1 GB of them; KEEP=folder leaves it there
	@command -v pdflatex soffice pdftotext >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends \
	  texlive-latex-base texlive-latex-recommended texlive-pictures texlive-science poppler-utils libreoffice-impress libreoffice-calc; }
	$(BIN)/python -m tests.documents $(if $(KEEP),--keep $(KEEP))

notebooks: .venv-notebooks/done browser  ## the widget in a real JupyterLab and in marimo; KEEP=folder has their pictures
	.venv-notebooks/bin/python -m tests.notebooks $(if $(KEEP),--keep $(KEEP))

browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium; }

.venv-foreign/done: requirements-foreign.txt
	test -x .venv-foreign/bin/python || $(PYTHON) -m venv .venv-foreign
	.venv-foreign/bin/pip install -q -r requirements-foreign.txt
	touch $@

.venv-notebooks/done: requirements.txt requirements-notebooks.txt
	test -x .venv-notebooks/bin/python || $(PYTHON) -m venv .venv-notebooks
	.venv-notebooks/bin/pip install -q --no-compile -r requirements-notebooks.txt
	touch $@

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/app.done: requirements.txt | .venv/bin/python
	$(INSTALL) requirements.txt
	$(COMPILE)"
	touch $@

.venv/dev.done: requirements.txt requirements-dev.txt | .venv/bin/python
	$(INSTALL) requirements-dev.txt
	$(COMPILE), hypothesis, streamlit.testing.v1, playwright.sync_api, importlinter.cli"
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --version
	touch $@ .venv/app.done

.venv/mutants.done: requirements.txt requirements-dev.txt requirements-mutants.txt | .venv/bin/python
	$(BIN)/pip install -q -r requirements-mutants.txt
	touch $@

.venv/docs.done: requirements.txt requirements-docs.txt | .venv/bin/python
	$(BIN)/pip install -q -r requirements-docs.txt
	touch $@

.venv/bench.done: requirements.txt requirements-bench.txt | .venv/bin/python
	$(BIN)/pip install -q -r requirements-bench.txt
	touch $@
