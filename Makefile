# Two commands matter: `make run` and `make test`. Everything a target needs it gets by itself, or says what is missing.
SHELL := /bin/sh
.DEFAULT_GOAL := help

MOCHA := node node_modules/mocha/bin/mocha.js
SERVICES := node scripts/services.mjs
TESTS ?= test/**/*.test.ts
FAULT_TESTS := test/**/*fault*.test.ts test/**/*fault*/**/*.test.ts
KITS ?= ../shared/kits
RUN_ARGS ?=

.PHONY: help run test test-faults lint typecheck build kernels bench conformance clean toolchain install services

help: ## what there is to do
	@echo 'make run          build what is stale, start the gateway with simulated counterparties, show one exchange'
	@echo 'make test         every test, against a RabbitMQ and a PostgreSQL started for it alone'
	@echo '                  (TESTS=test/gateway/bus/*.test.ts for a part)'
	@echo 'make test-faults  only the tests that kill, restart and block servers'
	@echo 'make lint         style and rules (biome)'
	@echo 'make typecheck    types (tsc)'
	@echo 'make build        dist/'
	@echo 'make kernels      WebAssembly of the loops over pixels, after a change of kernels/*.ts'
	@echo 'make bench        figures, each beside a floor measured in the same run'
	@echo 'make conformance  KITS=folder: the published test kits, against the recorded numbers'
	@echo 'make clean        removes dist/ and what tests left; keeps data/ and node_modules/'

run: build ## RUN_ARGS='--port 9090' for another port
	node dist/src/lienthong.cjs serve --demo $(RUN_ARGS)

test: build services
	LIENTHONG_REQUIRE_SERVICES=1 $(SERVICES) run -- $(MOCHA) --reporter test/support/reporter.cjs '$(TESTS)'

test-faults: build services
	LIENTHONG_REQUIRE_SERVICES=1 $(SERVICES) run -- $(MOCHA) $(foreach spec,$(FAULT_TESTS),'$(spec)')

lint: install
	npm run --silent lint

typecheck: install
	npm run --silent typecheck

build: install
	@if [ ! -f dist/.built ] || [ -n "$$(find src schemas certs scripts/copy-assets.mjs package.json tsconfig.json tsconfig.build.json -newer dist/.built -print 2>/dev/null | head -n 1)" ]; then \
		rm -rf dist && mkdir dist && touch dist/.starting && \
		npm run --silent build && mv dist/.starting dist/.built; \
	fi

kernels: install ## after a change of kernels/*.ts
	node scripts/kernels.mjs

bench: build services
	@$(SERVICES) run -- sh -c 'for file in bench/*/*.bench.ts; do node --import=tsx "$$file" || exit 1; done'

conformance: install
	@[ -d '$(KITS)' ] || { echo 'conformance: no folder $(KITS); name it: make conformance KITS=folder' >&2; exit 1; }
	node --import=tsx test/conformance/run.ts '$(KITS)'
	@[ ! -d '$(KITS)/pdf' ] || node --import=tsx test/conformance/sign-round-trip.ts '$(KITS)/pdf'

clean:
	rm -rf dist coverage

# npm writes node_modules/.package-lock.json last, so a broken-off install is seen as stale.
install: toolchain
	@if ! node scripts/check-install.mjs; then npm ci --no-audit --loglevel=error; fi

services: install
	@$(SERVICES) install

toolchain:
	@command -v node >/dev/null 2>&1 || { echo 'Node.js 20.19 or newer is needed, and there is no node here: https://nodejs.org' >&2; exit 1; }
	@command -v npm >/dev/null 2>&1 || { echo 'npm is needed beside node, and there is none here' >&2; exit 1; }
	@node -e 'var v = process.versions.node.split("."); if (+v[0] < 20 || (+v[0] === 20 && +v[1] < 19)) { console.error("Node.js 20.19 or newer is needed; this is " + process.versions.node); process.exit(1); }'
