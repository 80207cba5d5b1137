# Every target makes the environment that it needs in .venv, from nothing but python3; a second call
# finds it there. An environment is rebuilt when one of the files in FRAME changes.

PYTHON ?= python3
# The small build of TensorFlow; where there is none, `make TENSORFLOW=tensorflow ...`.
TENSORFLOW ?= tensorflow-cpu

BIN := .venv/bin
FRAME := pyproject.toml constraints.txt Makefile
PIP_INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt

# mkdocs-material prints an advertisement otherwise.
export NO_MKDOCS_2_WARNING := 1

.DELETE_ON_ERROR:
.PHONY: help demo test lint docs bench clean

help: ## say what there is to make
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' Makefile | expand -t 10

demo: .venv/demo.stamp ## train one definition in PyTorch and TensorFlow, and draw the picture
	$(BIN)/python -m dualad demo

# Threads that wait do not spin: the processes of the tests are as many as the cores.
test: lint ## everything that must pass: lint, tests, documentation
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest --numprocesses auto --dist loadfile
	$(BIN)/mkdocs build --strict --quiet

lint: .venv/dev.stamp ## style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict dualad adapters

docs: .venv/dev.stamp ## build the documentation into site/
	$(BIN)/mkdocs build --strict

bench: .venv/dev.stamp ## print the figures that the documentation quotes
	$(BIN)/python -m benchmarks

clean: ## remove what was made
	rm -rf .venv site dist build demo-output .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv

# The interpreter is an order-only prerequisite: its date says nothing about what is installed.
.venv/demo.stamp: $(FRAME) | .venv/bin/python
	@echo "Installing dualad, PyTorch, TensorFlow and the demo's libraries into .venv ..."
	$(PIP_INSTALL) --editable '.[demo]' torch $(TENSORFLOW)
	@touch $@

.venv/dev.stamp: .venv/demo.stamp
	@echo "Installing the development tools into .venv ..."
	$(PIP_INSTALL) --editable '.[dev]'
	@touch $@
