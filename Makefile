# Loa. `make run` starts a whole node with a demo commune; `make test` proves it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
SRC    := src tests tools

# What meets the database itself. Pages ask through the selectors that are tested here; each page is
# opened once (test_every_page) and searched among many rows (test_finding).
POSTGRES_TESTS := $(addprefix tests/,lib journal places people outlets newsroom alerts schedule delivery \
                  insight tasks federation exchange device gateway channels \
                  console/test_every_page.py console/test_finding.py)

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test journeys test-postgres check fix tour drill nation soak bench lock protocol messages clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/.run: requirements/run.txt pyproject.toml src/loa_lab/pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) tools/need_python.py
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies (about a minute the first time)"
	@$(PIP) install --require-hashes --requirement requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable . --editable src/loa_lab
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "Installing what tests and checks need"
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@

setup: $(VENV)/.run
setup-dev: $(VENV)/.dev

run: setup  ## start a node, its broker and three players with demo data
	@exec $(BIN)/loa demo

tour: setup  ## the main job without a browser [TEXT=file] [COMMUNE=code] [KILL=broker or player]
	@$(BIN)/loa tour $(if $(TEXT),--text "$(TEXT)") $(if $(COMMUNE),--commune "$(COMMUNE)") $(if $(KILL),--kill $(KILL))

drill: setup  ## an urgent order on 500 simulated and 2 real loudspeakers [SWARM=number]
	@$(BIN)/loa drill $(if $(SWARM),--swarm $(SWARM))

nation: setup  ## a centre and three provinces, cut off, killed, restored [PROVINCES=number]
	@$(BIN)/loa nation $(if $(PROVINCES),--provinces $(PROVINCES))

test: setup-dev  ## the tests, two at a time; those that judge times alone [ARGS=what pytest takes]
ifdef ARGS
	@$(BIN)/python -m pytest $(ARGS)
else
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m "not alone and not long" --durations=30; \
	together=$$?; \
	$(BIN)/python -m pytest -m "alone and not long" --durations=10 && exit $$together
endif

journeys: setup-dev  ## every journey on real processes and in a real browser, and what is long
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m "(journey or long) and not alone" --durations=20; \
	together=$$?; \
	$(BIN)/python -m pytest -m "(journey or long) and alone" --durations=10 && exit $$together

test-postgres: setup-dev  ## what meets the database, on a PostgreSQL of its own
	@$(BIN)/python tools/with_postgres.py $(BIN)/python -m pytest --numprocesses 2 --dist loadfile \
	  -m "not journey and not alone and not long" $(POSTGRES_TESTS) $(ARGS)

check: setup-dev  ## style, types, import walls, migrations, catalogues, protocol files, scripts
	@$(BIN)/ruff check $(SRC)
	@$(BIN)/ruff format --check $(SRC)
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/loa manage makemigrations --check --dry-run
	@$(BIN)/python tools/check_messages.py
	@$(BIN)/python tools/protocol_docs.py --check
	@$(BIN)/python tools/check_scripts.py

fix: setup-dev  ## mend style
	@$(BIN)/ruff check --fix $(SRC)
	@$(BIN)/ruff format $(SRC)

soak: setup-dev  ## the long run of red team and simulations [MINUTES=number]
	@$(BIN)/python -m tools.soak $(if $(MINUTES),--minutes $(MINUTES))

bench: setup-dev  ## speed and memory beside bare baselines [ONLY=name]
	@$(BIN)/python -m tools.bench $(if $(ONLY),--only $(ONLY))

protocol: setup-dev  ## write docs/protocol from loa_protocol
	@$(BIN)/python tools/protocol_docs.py

messages: setup-dev  ## gather and compile the message catalogues
	@$(BIN)/python tools/check_messages.py --write

lock:  ## renew requirements/*.txt (needs uv on PATH)
	@tools/lock.sh

clean:  ## remove the environment and all data of the demo
	rm -rf $(VENV) var node_modules
