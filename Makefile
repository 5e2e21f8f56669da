# Everything that a person does with a checkout. `make help` lists it.
# A target installs what it needs and is missing; a second run installs nothing.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
PY := .venv/bin/python

.PHONY: help demo test test-fast test-usb test-chaos test-fuzz test-year test-reception test-exchange test-round-robin test-soak check format bench flame docs lock test-compose clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | column -t -s '|'

demo: ## play the story of one visit, then stay up (ONCE=1: end after the story)
	@tools/setup run
	@exec $(PY) -m testbed demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

test: ## all tests, on real parts: pcscd, OpenSC, Chromium
	@tools/setup test
	@$(PY) -m pytest $(ARGS)

test-fast: ## the tests that start no real part: done in a minute
	@tools/setup test
	@$(PY) -m pytest -m fast $(ARGS)

test-usb: ## the reader client in an emulated machine, with an emulated USB reader
	@tools/setup usb
	@$(PY) -m pytest -n 0 tests/usb $(ARGS)

check: ## format, lint, types, import contracts, the plan of the house
	@tools/setup test
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(PY) -m pytest -q -n 0 tests/architecture

format: ## let the tools put the code in order
	@tools/setup test
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

test-chaos: ## faults of all kinds, for a quarter of an hour (CHAOS=n: n times a quick run)
	@tools/setup test
	@OQS_SIM_CHAOS=$(or $(CHAOS),8) $(PY) -m pytest tests/chaos $(ARGS)

test-round-robin: ## two processes of OQS on other clocks, ten thousand checks (CHECKS=n)
	@tools/setup test
	@OQS_SIM_CHECKS=$(or $(CHECKS),10000) $(PY) -m pytest -n 0 -s tests/oqs_sim/test_round_robin.py $(ARGS)

test-soak: ## the desk beside other programs at the same card, for ten minutes (MINUTES=n)
	@tools/setup test
	@OQS_SIM_SOAK_MINUTES=$(or $(MINUTES),10) $(PY) -m pytest -n 0 -s tests/clinic_client/reader/test_beside_other_programs.py $(ARGS)

test-exchange: ## ten thousand requests in the folder, the service killed ten times (REQUESTS=n)
	@tools/setup test
	@OQS_SIM_EXCHANGE_REQUESTS=$(or $(REQUESTS),10000) $(PY) -m pytest -n 0 -s tests/clinic_client/exchange/test_killed.py $(ARGS)

test-fuzz: ## requests, cards and frames that nobody thought of, for an hour (MINUTES=n)
	@tools/setup test
	@tools/fuzz $(or $(MINUTES),60) $(ARGS)

test-year: ## insurers' years in any course, against a plain account of the rules (MINUTES=n)
	@tools/setup test
	@OQS_SIM_YEAR_MINUTES=$(or $(MINUTES),15) $(PY) -m pytest tests/chaos/year $(ARGS)

test-reception: ## days at a reception in any course, for a quarter of an hour (MINUTES=n)
	@tools/setup test
	@OQS_SIM_RECEPTION_MINUTES=$(or $(MINUTES),15) $(PY) -m pytest -n 0 tests/chaos/reception $(ARGS)

bench: ## what is fast, and next to what (ARGS=sync-million, sync-growth: what takes longer)
	@tools/setup bench
	@$(PY) -m bench $(ARGS)

flame: ## draw where the processor time of a check goes (docs/explanation/flames)
	@tools/setup bench
	@$(PY) -m bench.checks.profiling

docs: ## the documentation as HTML, under docs/_build
	@tools/setup docs
	@.venv/bin/sphinx-build -q -W -b html docs docs/_build

lock: ## pin the newest versions of all dependencies in requirements.lock
	@tools/setup run
	@$(PY) -m pip install -q uv
	@$(PY) -m uv pip compile pyproject.toml --group lint --group test --group docs --group bench --universal \
		--upgrade --no-annotate --custom-compile-command "make lock" -q -o requirements.lock

test-compose: ## build the containers, start them, play the story (needs a Docker engine)
	@tools/setup run
	@tools/test-compose

clean: ## remove what the targets above made
	rm -rf .venv .setup.lock build *.egg-info docs/_build var .mypy_cache .ruff_cache .pytest_cache .hypothesis
