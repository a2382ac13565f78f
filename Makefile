# Each target is one line that a person could type; anything longer lives in scripts/.
.PHONY: setup setup-tests demo test test-console check fmt e2e bench bench-access bench-api bench-console bench-dispatch corpus crash fuzz deny

setup:      ## what comes from cargo, pip and npm installs itself; Debian packages are named
	@scripts/setup

setup-tests: ## what tests need as well
	@scripts/setup-tests

demo: setup ## build and run the demonstration (ONCE=1 ends when every delivery arrived)
	cargo run -p margay -- demo $(if $(ONCE),--once)

test: setup-tests ## all tests, development profile
	target/python-tests/bin/python -m unittest discover -s python/tests -t python && cargo nextest run --workspace && scripts/test-console

test-console: setup-tests ## the web console in Chromium
	cargo build -p margay && scripts/test-console

check:      ## types and lints
	cargo clippy --workspace --all-targets -- -D warnings

fmt:
	cargo fmt --all

e2e: setup-tests ## the whole-system tests alone
	cargo nextest run -p margay --test e2e

crash: setup-tests ## the crash proof, KILLS=100
	KILLS=$(or $(KILLS),100) cargo nextest run -p margay --test e2e -E 'test(crash)' --no-capture

bench:      ## figures of docs/benchmarks.md
	cargo build --release -p margay && cargo run --release -p bench

bench-access: ## people signing in beside the flow of logs, and what it costs to know a caller
	cargo build --release -p margay && cargo run --release -p bench -- access $(ARGS)
	cargo nextest run -p api --no-capture -E 'test(what_it_costs)'

bench-api: ## the public API over a million alerts (ARGS="lists --alerts 100000")
	cargo build --release -p margay && cargo run --release -p bench -- api $(ARGS)

bench-console: setup-tests ## the console over a million alerts, in Chromium
	cargo build --release -p margay -p bench
	test -e target/million || target/release/bench api --keep target/million
	MARGAY=$(CURDIR)/target/release/margay DATA=$(CURDIR)/target/million node console/tests/bench.mjs

bench-dispatch: ## dispatch beside Debian's Alertmanager, and with a dead destination (ARGS="race --runs 1")
	@scripts/setup-alertmanager && cargo run --release -p bench -- dispatch $(ARGS)

corpus:     ## everything that needs the public detection repository: DIR=CHECKOUT (STATES="REV REV", ARGS=--help)
	cargo build --release -p margay && python3 scripts/corpus $(DIR) $(if $(STATES),--states "$(STATES)") $(ARGS)

fuzz:       ## every fuzz target for FUZZ_SECONDS=60 each; needs a nightly toolchain (TARGET=NAME runs one)
	@scripts/fuzz $(or $(TARGET),all) $(or $(FUZZ_SECONDS),60)

deny:       ## licences, bans, sources
	cargo fetch --locked && cargo deny --offline check licenses bans sources
