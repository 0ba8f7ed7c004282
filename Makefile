# Every command of this repository. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.SUFFIXES:

# What a person may set: make run SOURCE=0, make setup PYTHON=python3.13, make pytest T=tests/verify
PYTHON ?=
SOURCE ?=
PANEL ?= terminal
PROFILE ?= police
SCREEN ?=
DEMO ?=
T ?= tests
JOBS ?= 2
SECONDS ?= 600
CUTS ?= 600
DESTDIR ?=

BIN := .venv/bin
export PYTHON SOURCE PANEL PROFILE SCREEN DEMO

say = @printf '\n== %s\n' "$(1)"

.PHONY: help setup run demo doctor test check pytest lint types contracts dead-code format \
        crash fuzz mutants hw bench bench-verify bench-startup bench-scanner bench-scanner-stages bench-frame bench-screen bench-memory bench-sync bench-clock bench-wear \
        bench-status bench-urgent bench-fleet bench-ledger bench-passback ledger-cuts servers screens lock install clean

help: ## list the commands
	@echo "yanma: verify QR credentials offline. Commands:"; echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo; echo "  Variables: SOURCE=0|/dev/video0|folder|video  PANEL=terminal|png:FILE|none  SCREEN=zh|en"
	@echo "             PROFILE=police|gate|insurer|dealer  DEMO=folder  PYTHON=python3.13  T=tests/verify (for pytest)"

setup: ## make .venv from the lock; says what it installs, asks for nothing
	@scripts/setup.sh

run: setup ## the terminal on this machine, with demo codes (SOURCE=0 reads your camera)
	@scripts/run-demo.sh

demo: setup ## make the demo keys, lists and codes, and say where they are (DEMO=folder)
	@scripts/run-demo.sh --only-make

doctor: setup ## what this machine has and lacks, each with its remedy
	@$(BIN)/yanma doctor

test: setup servers check pytest ## everything that must hold: check, then all tests (under 5 minutes)

check: lint types contracts dead-code ## style, types, import contracts, dead code

pytest: setup ## only the tests (T=tests/verify for a part)
	$(call say,tests: pytest -n $(JOBS) $(T))
	@$(BIN)/python -m pytest -n $(JOBS) $(T) </dev/null

servers: ## unpack Debian's nginx and mosquitto for the tests (nothing is installed or started)
	@scripts/test-servers.sh

lint: setup ## ruff: rules and format
	$(call say,style: ruff check)
	@$(BIN)/ruff check .
	$(call say,format: ruff format --check)
	@$(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(call say,types: mypy)
	@$(BIN)/python -m mypy

contracts: setup ## import-linter: which room may know which
	$(call say,import contracts: lint-imports)
	@$(BIN)/lint-imports

dead-code: setup ## vulture: what nothing uses
	$(call say,dead code: vulture)
	@$(BIN)/vulture --min-confidence 80 --ignore-names namespace,option_string firmware issuer bench tests tools && echo "nothing unused"

format: setup ## let ruff rewrite what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

crash: setup ## power cuts: every state after every call, planted mutants, CUTS=600 processes killed (about ten minutes)
	@$(BIN)/python -m tests.crash --cuts $(CUTS)

fuzz: setup ## fuzz the verifier's door for SECONDS=600, in an environment of its own
	@SECONDS_TO_RUN=$(SECONDS) scripts/fuzz.sh

hw: setup ## the terminal on simulated hardware: camera, I2C screen, GPIO, systemd (hw/README.md; YANMA_UML names a kernel)
	@scripts/hw.sh

mutants: setup ## mutation testing of firmware/verify; below 90 % noticed it fails (ten minutes to an hour)
	@scripts/mutants.sh

bench: bench-verify bench-startup bench-scanner-stages bench-frame bench-memory bench-sync bench-ledger ## all benchmarks: medians and ratios, side by side

bench-verify: setup ## a full check against the bare signature verify, per algorithm
	@$(BIN)/python -m bench.verify

bench-startup: setup ## start-up time of the commands
	@$(BIN)/python -m bench.startup

bench-frame: setup ## from a frame to the screen, stage by stage, beside pyzbar
	@$(BIN)/python -m bench.frame_to_verdict

bench-ledger: setup ## the ledger beside a plain SQLite insert; bytes a record that go out
	@$(BIN)/python -m bench.ledger

bench-passback: setup ## what anti-passback costs a verdict: one process's book beside one that lanes share
	@$(BIN)/python -m bench.passback

ledger-cuts: setup ## kill a process that writes the ledger 500 times: no acknowledged record may be lost (about ten minutes)
	@$(BIN)/python -m bench.ledger_cuts

bench-screen: setup ## from a verdict to the last byte on the display's bus, beside plain text
	@$(BIN)/python -m bench.screen

bench-memory: setup ## memory of the terminal over many verdicts
	@$(BIN)/python -m bench.memory

bench-sync: setup servers ## requests and bytes of a sync: first load, nothing new, one day
	@$(BIN)/python -m bench.sync

bench-fleet: setup servers ## a thousand terminals against a real nginx on this machine, and the sum for 100,000
	@$(BIN)/python -m bench.fleet

bench-urgent: setup servers ## urgent items to a thousand terminals through a real mosquitto on this machine
	@$(BIN)/python -m bench.urgent

bench-clock: setup ## attacks on the clock beside an oracle: wrong verdicts, and honest codes decided (some minutes)
	@nice -n 15 $(BIN)/python -m bench.clock_simulation

bench-wear: setup ## how evenly a day wears the display, beside layouts that do not walk (under a minute)
	@$(BIN)/python -m bench.wear

bench-status: setup ## the register: sizes beside the entropy and peers, lookup, memory, build, merge (a quarter of an hour, 2 GB)
	@$(BIN)/python -m bench.status

bench-scanner-stages: setup ## where a frame's time goes, stage by stage
	@$(BIN)/python -m bench.scanner_stages

bench-scanner: setup ## what is read, beside pyzbar, zxing-cpp and OpenCV (about half an hour; YANMA_PICTURES names photographs)
	@$(BIN)/python -m bench.scanner

screens: setup ## draw the golden screens and the pictures of the documentation again
	@$(BIN)/python -m tests.screens.regenerate
	@$(BIN)/python -m tools.draw_pictures

lock: setup ## resolve requirements/*.in again into the hashed lock files (needs a network)
	@scripts/lock.sh

install: ## on a Pi, as root: users, folders, device rules and units, from /opt/yanma (DESTDIR=folder to look first)
	@scripts/install.sh "$(DESTDIR)"

clean: ## remove the environment and everything generated here
	@if [ -L .venv ]; then rm -f .venv; else rm -rf .venv; fi
	@rm -rf .venv-fuzz .venv-mutants build dist ./*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov
	@find firmware issuer bench tests -name __pycache__ -type d -prune -exec rm -rf {} +
