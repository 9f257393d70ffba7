# The commands a person types. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help html preview pdf page test lint format diagrams reproduce clean

help:  ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

html: $(READY)  ## execute what is out of date and build the site, _build/html
	@$(RUN) -m tooling html

preview: $(READY)  ## serve the site, rebuild and reload on each save (PORT=8000)
	@$(RUN) -m tooling preview --port $(PORT)

pdf: $(READY)  ## the book as _build/pdf/d2l.pdf (needs TeX Live)
	@$(RUN) -m tooling pdf

page: $(READY)  ## execute and build one page: make page P=book/convolutions/lenet.md
	@test -n "$(P)" || { echo 'name a page: make page P=book/convolutions/lenet.md'; exit 1; }
	@$(RUN) -m tooling page $(P)

test: $(READY)  ## run the tests
	@$(RUN) -m pytest

lint: $(READY)  ## ruff, mypy, and the rules of a page
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(RUN) -m tooling lint

format: $(READY)  ## format the code as lint wants it
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

diagrams: $(READY)  ## draw the diagrams of assets/ anew
	@$(RUN) -m assets.diagrams

reproduce: $(READY)  ## execute every page once more and compare the outputs
	@$(RUN) -m tooling reproduce

clean:  ## delete everything that was built, executed pages included
	rm -rf _build

# The environment is made anew when the versions or the package's metadata
# change. The stamp comes last, so an interrupted set-up is done again.
$(READY): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'The book needs Python 3.11 or newer, and $(PYTHON) is older or missing.'; \
	  echo 'Name another one: make PYTHON=python3.12 ...'; exit 1; }
	@echo 'Setting up $(VENV) (a few minutes the first time) ...'
	@rm -f $(READY)
	@$(PYTHON) -m venv --clear $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable '.[book,test]'
	@touch $(READY)
