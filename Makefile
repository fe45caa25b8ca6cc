# The commands people run. Everything installs into .venv; all state lives under .run (or DATA_DIR).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONUNBUFFERED := 1
# Without compiled files each of our many processes would compile everything anew: 8 s of work per test process.
unexport PYTHONDONTWRITEBYTECODE

FORMS ?= 75
TRIALS ?= 16
SCHEDULES ?= 1000
SEED ?= 1
ACTS ?= post,delist,price,relist
MINUTES ?= 120
POSTINGS ?= 500
AT_ONCE ?= 1

.PHONY: help demo test test-all test-supabase check up crash install browser clean new-marketplace extension drift corpora forms
.PHONY: month bench viewers api-speed soak conformance-supabase

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | column -t -s '	'

demo: install browser ## run the main job against the sandbox and print the result
	@"$(BIN)/python" main.py demo

test: install browser ## run all tests
	@"$(BIN)/python" -m pytest -n 4 --dist worksteal $(ARGS)

test-all: install browser ## the slow ones too: every bad day and variant of every marketplace
	@"$(BIN)/python" -m pytest -n 2 --dist worksteal -m "" $(ARGS)

test-supabase: install browser ## the API's and the web app's tests with sellers whom a Supabase project signs in (ES256)
	@TEST_SIGN_IN=supabase "$(BIN)/python" -m pytest -n 4 --dist worksteal tests/api $(ARGS)

check: install ## lint and type check
	@"$(BIN)/ruff" check .
	@"$(BIN)/ruff" format --check .
	@"$(BIN)/mypy"

up: install browser ## run the whole system for exploring, until Ctrl-C
	@"$(BIN)/python" main.py up

crash: install browser ## try to make it list or change twice, or lose something (TRIALS=200 SEED=7 for the long run)
	@"$(BIN)/python" -m tests.crash --trials $(TRIALS) --schedules $(SCHEDULES) --seed $(SEED) --acts $(ACTS)

new-marketplace: install ## write the skeleton of a new marketplace: NAME=depop [HOST=www.depop.com]
	@"$(BIN)/python" main.py new-marketplace "$(NAME)" $(if $(HOST),--host "$(HOST)")

extension: install ## pack the browser extension for a web store (APP=https://app.example.org)
	@"$(BIN)/python" main.py pack-extension $(if $(APP),--app $(APP))

drift: install browser ## fill forms that moved and say what was right, refused and wrong (FORMS=300 SEED=7 for the long run)
	@"$(BIN)/python" -m tests.drift --forms $(FORMS) --seed $(SEED)

corpora: install browser ## fetch MiniWoB++ and build the component libraries' pages (.run/corpora)
	@"$(BIN)/python" -m bench.corpora

forms: install browser ## the engine on forms it has no recipe for: all numbers (make corpora first)
	@"$(BIN)/python" -m bench.forms

bench: install browser ## measure everything that is claimed about speed; writes docs/performance.md
	@"$(BIN)/python" -m bench $(ARGS)

viewers: install ## 200 viewers of one job by server-sent events, the API killed meanwhile
	@"$(BIN)/python" -m bench.viewers $(ARGS)

api-speed: install ## the API under wrk, against a bare FastAPI route in the same run
	@"$(BIN)/python" -m bench.api_speed $(ARGS)

soak: install browser ## post for two hours with faults and watch that nothing grows (MINUTES=120 POSTINGS=500 AT_ONCE=1)
	@"$(BIN)/python" -m bench.soak --minutes $(MINUTES) --postings $(POSTINGS) --at-once $(AT_ONCE)

conformance-supabase: install ## the store's contract on a real Supabase (docs/deploy.md, "Conformance")
	@test -n "$(CONFORMANCE_SUPABASE_URL)$$CONFORMANCE_SUPABASE_URL" || { \
	  echo "Set CONFORMANCE_SUPABASE_URL, CONFORMANCE_SUPABASE_KEY and CONFORMANCE_DATABASE_URL: docs/deploy.md, Conformance"; exit 2; }
	@"$(BIN)/python" -m pytest -n 0 tests/storage -k hosted $(ARGS)

month: install ## a month of inventory in accelerated time (SEED=…)
	@"$(BIN)/python" -m tests.month --seed $(SEED)

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	@echo "Installing into $(VENV) …"
	@$(PYTHON) -m venv "$(VENV)"
	@"$(BIN)/python" -m pip install --quiet --upgrade uv || true
	@if [ -x "$(BIN)/uv" ] && "$(BIN)/uv" pip install --quiet --python "$(BIN)/python" -e '.[dev]'; then :; \
	else "$(BIN)/python" -m pip install --quiet -e '.[dev]'; fi
	@touch "$@"

browser: install ## find a Chromium, or install one
	@"$(BIN)/python" main.py install-browser > /dev/null

clean: ## remove the environment and all state of this checkout
	rm -rf "$(VENV)" .run .mypy_cache .ruff_cache .pytest_cache
