# Each target does all the set-up that it needs. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check lock

bin := .venv/bin

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## Make .venv/bin/foretaste and the tools that check it
	@bash tools/setup.sh

demo: setup ## Run a whole gate on real projects
	@$(bin)/foretaste demo

test: setup ## Run all tests
	@$(bin)/pytest

check: setup ## Run every check that is not a test of behaviour
	@$(bin)/ruff check

lock: setup ## Choose the newest versions that pyproject.toml and requirements/*.in allow
	@bash tools/lock.sh
