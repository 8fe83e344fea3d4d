# What a person or a machine does with this repository. `make test` is what has to pass.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.PHONY: build console types demo test fuzz bench care crash tools format lint tests

# Debian keeps brokers where only root looks for programs.
export PATH := $(PATH):/usr/sbin

LOG := target/test.log
# Which lines of a test run are shown while all is well. The whole of it is in the log.
TOLD := ^(test result:|skipped:|seed |killed |the alarm |error|  +(Running|Doc-tests) )

build: console
	cargo build --release --workspace

# The console, built anew when something of it has changed. Without Node the binary has none.
console: web/dist/index.html

WEB := $(shell find web \( -name node_modules -o -name dist -o -name fonts \) -prune -o -type f -print)
web/dist/index.html: $(WEB)
	@if ! command -v npm > /dev/null; then
		echo 'skipped: the console, Node.js (20 or later) is not here'
		exit 0
	fi
	echo '── console'
	cd web
	[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund
	npm run --silent build
	touch dist/index.html

# What the console knows of the API, after the API has changed.
types: console
	JIKIMI_TYPES=1 cargo test --test page document::
	cd web && npm run --silent types

# A day with a fire, to look at. Unoptimized: it is built in a fraction of the time, and what it
# plays at sixty times the pace keeps it busy for a tenth of one core.
demo: console
	cargo run -- demo $(DEMO)

test: tools console format lint tests
	@grep '^skipped:' $(LOG) || echo 'skipped: nothing'
	grep '^test result:' $(LOG)

# Every decoder, for ten minutes each at the same time, from a seed of its own. What breaks one is
# kept in tests/ingest/corpus.
fuzz:
	JIKIMI_FUZZ_S=$${JIKIMI_FUZZ_S:-600} JIKIMI_SEED=$${JIKIMI_SEED:-$$(date +%s)} \
		cargo test --test ingest fuzz:: -- --show-output

# Figures, beside a peer in the same run; it passes or fails nothing but the golden replay.
bench: tools build
	tests/bench/run.sh

# The silence model over 300 homes of 120 days, in the homes at hand, and beside simpler rules.
# `make test` does the same with 30.
care:
	JIKIMI_CARE=full cargo test --test care -- --nocapture

# More than two hundred kills on each engine, and a minute of a slow database: about a quarter of
# an hour. SEED=… for one of your own.
crash: tools
	JIKIMI_CRASH_LONG=1 JIKIMI_SEED=$(or $(SEED),20261124) \
		cargo test --test service -- crash:: storm:: notices:: --nocapture

tools:
	@echo '── the broker, the database and the browser that the tests need'
	missing=
	# Of several names, one that is there is enough for `command -v`.
	for program in mosquitto mosquitto_pub; do
		command -v $$program > /dev/null || missing='mosquitto mosquitto-clients'
	done
	command -v chromium chromium-browser google-chrome-stable google-chrome > /dev/null \
		|| missing="$$missing chromium"
	# A mail server that needs no rights; Debian's Python has it.
	if ! /usr/bin/python3 -c 'import aiosmtpd' 2> /dev/null; then
		missing="$$missing python3-aiosmtpd"
	fi
	# Debian keeps the server's programs where no PATH looks.
	if ! compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null && ! command -v initdb > /dev/null
	then
		missing="$$missing postgresql"
	fi
	if [ -z "$$missing" ]; then exit 0; fi
	if ! command -v apt-get > /dev/null; then
		echo "the tests need Mosquitto (broker and clients), PostgreSQL, Chromium and aiosmtpd; missing: $$missing"
		exit 1
	fi
	as_root=
	if [ "$$(id -u)" != 0 ]; then
		as_root='sudo -n'
		if ! sudo -n true 2> /dev/null; then
			echo "the tests need more: sudo apt-get install $$missing"
			exit 1
		fi
	fi
	$$as_root apt-get update -q
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy $$missing

format:
	@echo '── format'
	cargo fmt --all --check

lint:
	@echo '── lint'
	cargo clippy --quiet --workspace --all-targets -- -D warnings
	if [ -d web/node_modules ]; then cd web && npm run --silent check; fi

tests:
	@echo '── tests'
	mkdir -p target
	if ! cargo test --workspace --no-fail-fast -- --show-output 2>&1 | tee $(LOG) \
		| grep --line-buffered -E '$(TOLD)'; then
		cat $(LOG)
		exit 1
	fi
