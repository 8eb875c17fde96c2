# `make` alone lists what there is.
.DEFAULT_GOAL := help
.PHONY: help tools dashboard run dev test e2e fuzz chaos bench bench-full fmt sqlx clean-data

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

tools: ## fetch what this machine lacks: nats-server, Postgres, Python, curl, a C compiler
	@scripts/tools.sh

dashboard: tools ## build the dashboard, which the program takes in when it is built
	@scripts/dashboard.sh

run: tools dashboard ## build, and run with a nats-server and a Postgres of its own (ARGS="--listen … --data …")
	@cargo build --release --locked
	@exec target/release/hookyard dev $(ARGS)

dev: tools dashboard ## the same from a debug build, built and started again whenever a source changes
	@exec scripts/dev.sh $(ARGS)

test: tools ## every check and test, as CI runs them (ARGS for nextest)
	@scripts/test.sh $(ARGS)

e2e: tools ## click through the dashboard in a browser (ARGS for Playwright)
	@scripts/e2e.sh $(ARGS)

fuzz: tools ## ask a running service everything its OpenAPI document allows, and what not (FUZZ_SECONDS=300)
	@scripts/fuzz.sh

chaos: tools ## kill, stop and starve it under load, and account for every event (ARGS="--only clock", "soak", "--list")
	@scripts/chaos.sh $(ARGS)

bench: tools ## measure every scenario once, in minutes (ARGS="--only one lag", "--list", "--baseline FILE")
	@cargo build --release --locked --package hookyard --package bench
	@target/release/hookyard-bench $(ARGS)

bench-full: tools ## measure every scenario at its stated size, five times; the results go to docs/benchmarks/
	@cargo build --release --locked --package hookyard --package bench
	@target/release/hookyard-bench --full $(ARGS)

fmt: ## format the sources
	@cargo fmt --all

sqlx: tools ## renew .sqlx from a real Postgres, after a query or a migration changed
	@scripts/sqlx.sh

clean-data: ## remove the data of `make run` (ARGS=DIR where it is not in .hookyard)
	@scripts/clean-data.sh $(ARGS)
