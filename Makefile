# Everything here works on a fresh clone with Python 3.11 and a package index; `make help` lists it.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.installed
export LOCAL_DIR ?= .local
SEED ?= 1
EVERY ?= 10
BUILDER ?= $(or $(shell command -v podman),$(shell command -v docker),podman)
BASE ?= python:3.11-slim-bookworm

# The same proofs that `make test` runs on the embedded broker, and those that only Apache Kafka can be asked for.
ON_KAFKA := tests/kafka $(addprefix tests/shared/test_,relay.py consumer.py frozen_broker.py ordering.py effects.py remade_topic.py reborn_broker.py straddled_loss.py) \
	tests/every_service/test_stopping.py tests/shared/test_restoring.py tests/journeys/test_course.py tests/chaos/test_chaos.py

.PHONY: help run stop clean test test-chaos test-kafka test-keycloak manifests test-kubernetes image image-offline test-image killed chaos rehearse rehearse-node check format simulate bench dashboard client lock

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: preflight $(STAMP) ## the platform on this machine, then Long An's 2020 course; Ctrl-C stops everything
	@exec $(RUN) -m deploy.local.run

stop: ## ends what `make run` left or still runs (of this LOCAL_DIR)
	@if [ -x $(RUN) ]; then exec $(RUN) -m deploy.local.run stop; fi

clean: stop ## stops, then deletes LOCAL_DIR with all its data
	@if [ -x $(RUN) ]; then exec $(RUN) -m deploy.local.run clean; else rm -rf "$(LOCAL_DIR)"; fi

test: $(STAMP) ## the whole test suite on the embedded stack
	@$(RUN) -m pytest -n 2 --dist loadfile --ignore=tests/chaos/test_chaos.py --ignore=tests/dashboard $(PYTEST)
	@exec $(RUN) -m pytest tests/dashboard $(PYTEST)  # by itself: Playwright keeps its thread's event loop running

test-chaos: $(STAMP) ## three runs of a minute that hold every fault of the chaos harness between them (CHAOS_SEEDS="3 4 5")
	@exec $(RUN) -m pytest tests/chaos/test_chaos.py $(PYTEST)

test-kafka: $(STAMP) ## the broker's proofs and whole courses on Apache Kafka (Java 17+, Maven; KAFKA=apache)
	@$(RUN) -m deploy.local.kafka
	@KAFKA=apache exec $(RUN) -m pytest -n 2 --dist loadfile $(ON_KAFKA) $(PYTEST)

test-keycloak: $(STAMP) ## log-in and tokens with a real Keycloak (Java 17+, Maven)
	@KEYCLOAK=1 exec $(RUN) -m pytest tests/keycloak $(PYTEST)

manifests: $(STAMP) ## renders every overlay and component of deploy/k8s and checks them strictly
	@exec $(RUN) -m deploy.k8s.check

test-kubernetes: $(STAMP) ## the manifests on a real control plane: make test-kubernetes KUBECONFIG=… (not part of `make test`)
	@KUBERNETES=1 exec $(RUN) -m pytest tests/kubernetes $(PYTEST)

image-offline: $(STAMP) ## fetches what `make image` needs, so that it needs no network: wheels and the built pages into deploy/k8s/offline
	@rm -rf deploy/k8s/offline
	@$(RUN) -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.runtime.lock -d deploy/k8s/offline/wheels
	@exec $(RUN) -m deploy.local.dashboard build --into deploy/k8s/offline/dashboard

image: ## the one image of every process: make image [BUILDER=podman] [BASE=python:3.11-slim-bookworm] [TAG=bdtx:0.1.0]
	@exec $(BUILDER) build -f deploy/k8s/Containerfile --build-arg BASE=$(BASE) -t $(or $(TAG),bdtx:0.1.0) .

test-image: $(STAMP) ## builds the image and looks at it: as whom it runs, what it holds, its pages and papers (podman or docker)
	@IMAGE=1 BUILDER=$(BUILDER) BASE=$(BASE) exec $(RUN) -m pytest tests/deploy/k8s/test_image.py $(PYTEST)

killed: $(STAMP) ## two courses, one under kill -9 of a random process, compared: make killed [SEED=1] [EVERY=10 seconds]
	@exec $(RUN) -m tests.journeys.killed --seed $(SEED) --every $(EVERY)

chaos: $(STAMP) ## kills and freezes by seed under load, then the invariants: make chaos [SECONDS=180] [SEED=1] [ONLY="F-12 …"] [KAFKA=apache]
	@exec $(RUN) -m tests.chaos.run --seed $(SEED) --seconds $(or $(SECONDS),180) $(if $(ONLY),--only $(ONLY))

rehearse: $(STAMP) ## what operators do, on a stack of its own: make rehearse NAME=rolling|scale|restore|upgrade [DEMO_PEOPLE=150]
	@exec $(RUN) -m tests.rehearsals $(NAME)

rehearse-node: $(STAMP) ## a course on a real node and what befalls one: make rehearse-node KUBECONFIG=… ADDRESS=… IMAGE=… (docs/how-to/rehearse-on-a-node.md)
	@exec $(RUN) -m tests.rehearsals.node

check: $(STAMP) ## format, lint, types, import contracts, migrations that harm nobody, generated files up to date, the dashboard and its weight
	@$(VENV)/bin/ruff format --check --quiet .
	@$(VENV)/bin/ruff check --no-cache --quiet .
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/mypy
	@$(RUN) -m tests.migrations
	@$(RUN) -m shared.events.documents --check
	@$(RUN) -m deploy.local.dashboard check

format: $(STAMP) ## formats and mends what can be mended by itself
	@$(VENV)/bin/ruff check --quiet --fix . ; $(VENV)/bin/ruff format .

simulate: $(STAMP) ## seeded schedules of faults on all processors: make simulate SCHEDULES=1000000 [FIRST_SEED=0]
	@exec $(RUN) -m tests.support.simulation $(or $(SCHEDULES),10000) $(or $(FIRST_SEED),0)

bench: $(STAMP) ## one benchmark: make bench NAME=course|intake|drawing (or all): one JSON line each
	@exec $(RUN) -m tests.benchmarks $(NAME)

dashboard: $(STAMP) ## the dashboard's pages, where their sources changed (`make run` does it by itself)
	@exec $(RUN) -m deploy.local.dashboard build

client: $(STAMP) ## writes the dashboard's client types anew from the routes' OpenAPI
	@exec $(RUN) -m deploy.local.dashboard client

LOCKING := -m uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --quiet
lock: $(STAMP) ## writes the locks anew from pyproject.toml, with hashes, for every platform: all, what an image holds, a Go toolchain
	@$(RUN) $(LOCKING) pyproject.toml --extra local --extra dev -o requirements.lock
	@$(RUN) $(LOCKING) pyproject.toml --constraint requirements.lock -o requirements.runtime.lock
	@$(RUN) $(LOCKING) deploy/k8s/check/go.in -o deploy/k8s/check/go.lock

.PHONY: preflight
preflight:
	@$(PYTHON) deploy/local/preflight.py

$(STAMP): requirements.lock
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked packages"
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@touch $(STAMP)
