# Each target does all the set-up that it needs. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check fix docs bench lock

bin := .venv/bin

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## Make .venv/bin/foretaste and the tools that check it
	@bash tools/setup.sh

demo: setup ## Run a whole gate on real projects
	@$(bin)/foretaste demo $(ARGS)

test: setup ## Run all tests, and hold the branch coverage to its floors
	@bash tools/test.sh $(ARGS)

check: setup ## Run every check of style, types, layers, dead code, documents and size
	@bash tools/check.sh $(ARGS)

fix: setup ## Mend what ruff can mend by itself
	@$(bin)/ruff check --fix
	@$(bin)/ruff format

docs: setup ## Write docs/reference anew from the commands, errors and settings
	@$(bin)/python tools/reference.py

bench: setup ## Run the benchmarks and write docs/benchmarks.md
	@bash tools/bench.sh $(ARGS)

lock: setup ## Choose the newest versions that pyproject.toml and requirements/*.in allow
	@bash tools/lock.sh
