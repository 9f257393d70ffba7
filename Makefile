# The commands a person types. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready
BUILD := $(RUN) -m tooling --executor "$(EXECUTOR)"
# The exact versions; with `CONSTRAINTS=` the newest of everything.
CONSTRAINTS := constraints.txt
ifeq ($(CONSTRAINTS),)
export D2L_VERSIONS := any
endif
INSTALL := $(PYTHON) -I tooling/upkeep/install.py
PORT ?= 8000
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# Meant for other programs, and of no effect on the book.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONWARNINGS \
  PYTHONOPTIMIZE PYTHONSAFEPATH JUPYTER_PATH MATPLOTLIBRC MPLBACKEND

.DEFAULT_GOAL := help
.PHONY: help html site preview live pdf epub epubcheck notebooks \
  notebooks-check colab page test test-site lint rules format diagrams reproduce \
  pretend-cuda clean scheduler worker data links changed bench compare tex \
  release publish-notebooks test-oldest

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 17

html: $(READY)  ## execute what is out of date and build the site, _build/html
	@$(BUILD) html

site: $(READY)  ## the site with PDF, EPUB, notebooks and archive (needs TeX Live)
	@$(BUILD) site

preview: $(READY)  ## serve the site, rebuild and reload on each save (PORT=8000)
	@$(RUN) -m tooling preview --port $(PORT)

live: html  ## serve the site with a Jupyter server for its live code (PORT=8000)
	@$(RUN) -m tooling live --port $(PORT)

pdf: $(READY)  ## the book as _build/pdf/d2l.pdf (needs TeX Live)
	@$(BUILD) pdf

epub: $(READY)  ## the book as _build/epub/d2l.epub
	@$(BUILD) epub

epubcheck: $(READY)  ## check the EPUB against the standard (needs Java)
	@$(RUN) -m epubcheck _build/epub/d2l.epub

notebooks: $(READY)  ## the pages as plain notebooks, _build/notebooks
	@$(BUILD) notebooks

# In an environment of its own, with nothing but the package and a kernel.
# What ran there as it is now does not run again, but with `ALL=1`.
NB := _build/notebooks-environment
notebooks-check: notebooks  ## run notebooks as a reader would: make notebooks-check P=book/index
	@$(PYTHON) -m venv --clear $(NB_OPTIONS) $(NB)
	@$(INSTALL) $(NB)/bin/python \
	  $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS)) . ipykernel nbclient
	@rm -rf build  # pip's, and the next pip would take old modules from it
	@env D2L_DATA=twins OMP_NUM_THREADS=1 \
	  $(NB)/bin/python -I tooling/notebooks/as_reader.py \
	  $(if $(ALL),--everything) _build/notebooks $(P)

COLAB := us-docker.pkg.dev/colab-images/public/runtime
colab:  ## run the notebooks in Colab's image, with its torch (needs Docker)
	@# GitHub's machines have no room for it beside what they bring.
	@test -z "$$GITHUB_ACTIONS" || sudo rm -rf /usr/local/lib/android /usr/share/dotnet
	docker run --rm --volume "$(CURDIR)":/book --workdir /book \
	  --entrypoint make $(COLAB) notebooks-check VENV=/tmp/book CONSTRAINTS= \
	  NB=/tmp/notebooks NB_OPTIONS=--system-site-packages

page: $(READY)  ## execute and build one page: make page P=book/convolutions/lenet.md
	@test -n "$(P)" || { echo 'name a page: make page P=book/convolutions/lenet.md'; exit 1; }
	@$(BUILD) page $(P)

test: $(READY)  ## run the tests
	@$(RUN) -m pytest

OLDEST := VENV=.venv-oldest CONSTRAINTS=_build/oldest.txt
test-oldest:  ## test the package with the oldest versions that it allows
	@$(MAKE) $(OLDEST) .venv-oldest/.ready
	@.venv-oldest/bin/python -m pytest tests/package

_build/oldest.txt: pyproject.toml
	@mkdir -p _build
	@$(PYTHON) -I tooling/upkeep/oldest.py > $@.new && mv $@.new $@

test-site: $(READY)  ## look at all of the built site in Chromium, after make site
	@$(RUN) -m pytest tests/site

lint: $(READY)  ## ruff, mypy, imports, spelling, the rules of a page; RULE=words explains one
ifdef RULE
	@$(RUN) -m tooling lint --rule $(RULE)
else
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(VENV)/bin/codespell
	@$(VENV)/bin/lint-imports --no-cache
	@$(RUN) -m tooling lint
endif

rules: $(READY)  ## write docs/rules.md from the rules
	@$(RUN) -m tooling.rules

format: $(READY)  ## format the code as lint wants it
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

diagrams: $(READY)  ## draw the diagrams of assets/ anew
	@$(RUN) -m assets.diagrams

reproduce: $(READY)  ## execute every page once more and compare the outputs
	@$(BUILD) reproduce

pretend-cuda: $(READY)  ## run pages as if on a GPU: are all tensors on the device?
	@$(BUILD) pretend-cuda $(P)

scheduler: $(READY)  ## lead a cluster: the others name it as EXECUTOR=dask://HOST:8786
	@$(VENV)/bin/dask scheduler --port 8786

worker: $(READY)  ## run pages for a cluster: make worker SCHEDULER=HOST:8786 [GPU=1]
	@test -n "$(SCHEDULER)" || { echo 'name the scheduler: make worker SCHEDULER=host:8786'; exit 1; }
	@PYTHONPATH=. $(VENV)/bin/dask worker tcp://$(SCHEDULER) --nthreads 1 \
	  --nworkers $(if $(GPU),1,auto) $(if $(GPU),--resources GPU=$(GPU))

data: $(READY)  ## download the real data sets, as far as they are missing
	@$(RUN) -m tooling.upkeep.data

links: $(READY)  ## ask every address on the web that a page links to
	@$(RUN) -m tooling links

changed: $(READY)  ## list the pages that differ: make changed BASE=origin/main
	@$(RUN) -m tooling changed "$${BASE:-origin/main}"

bench: $(READY)  ## measure the models and the build (PAGES="25 50 100 200")
	@$(RUN) -m benchmarks.models
	@$(RUN) -m benchmarks.build $(PAGES)

compare: $(READY)  ## train every network of the results page that is not recorded
	@$(RUN) -m benchmarks.comparison

tex: $(READY)  ## install what `make pdf` needs (Debian, Ubuntu)
	@packages=$$($(RUN) -c 'from tooling.pdf.build import TEX_PACKAGES; print(TEX_PACKAGES)') && \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	  --no-install-recommends $$packages > /dev/null

# What the workflows of the repository do with what was built.
release:
	@gh release view "$$TAG" > /dev/null 2>&1 || \
	  gh release create "$$TAG" --verify-tag --generate-notes
	@gh release upload "$$TAG" --clobber _build/pdf/d2l.pdf _build/epub/d2l.epub

# The notebooks as the one commit of their branch: REMOTE is where to push it.
BRANCH := git --git-dir _build/notebooks.git --work-tree _build/notebooks
publish-notebooks:
	@test -d _build/notebooks || { echo 'make notebooks first'; exit 1; }
	@rm -rf _build/notebooks.git
	@git init --quiet --bare --initial-branch notebooks _build/notebooks.git
	@$(BRANCH) add --all
	@$(BRANCH) -c user.name=notebooks -c user.email= commit --quiet \
	  --message "Notebooks of $$(git rev-parse --short HEAD)"
	@$(BRANCH) push --quiet --force "$(REMOTE)" notebooks

clean:  ## delete everything that was built here, executed pages included
	rm -rf _build

# The environment is made anew when the versions or the package's metadata
# change. The stamp comes last, so an interrupted set-up is done again.
$(READY): $(CONSTRAINTS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'The book needs Python 3.11 or newer, and $(PYTHON) is older or missing.'; \
	  echo 'Name another one: make PYTHON=python3.12 ...'; exit 1; }
	@echo 'Setting up $(VENV) (a few minutes the first time) ...'
	@rm -f $(READY)
	@$(PYTHON) -m venv --clear $(VENV)
	@$(INSTALL) $(RUN) \
	  $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS)) --editable '.[book,test]'
	@touch $(READY)
