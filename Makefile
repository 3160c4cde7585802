# Sightline. `make demo` runs it, `make test` tests it; each folder has a Makefile of its own.
PYTHON  ?= python3
FOLDERS := contracts user-service result-service image-service gateway clients/python clients/javascript tests
SERVICES := user-service result-service image-service gateway
JOBS    ?= 150
KILLS   ?= 5
ROLLOUTS ?= 5
READY_S ?= 60
MIN     ?= 1
MAX     ?= 4
DOWN_S  ?= 60
SEED    ?= 1

ENV     ?= production

GATE    := cd contracts && PYTHONPATH=src PYTHONDONTWRITEBYTECODE=1 .venv/bin/python -m gate

.DEFAULT_GOAL := help
.PHONY: help demo tls admin trace check contract pacts verify test bench sla rollout autoscale models lock accuracy audit \
        compare openapi compat can-release affected release gate \
        test-chaos test-security test-rollouts test-skew check-kubernetes test-kubernetes security rollouts

help:    ## this help
	@sed -n 's/^\([a-z-]*\): .*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo:    ## the whole system on this machine, until Ctrl-C (PORT=8080)
	@$(PYTHON) deploy/local

tls:     ## a certificate for localhost and these names, by a CA of this machine, renewed when it is due (NAMES=)
	@sh deploy/tls.sh .tls $(NAMES)

admin:   ## make an account an admin, in the demo or under compose (EMAIL=, PORT=8080)
	@$(PYTHON) deploy/local/admin.py "$(EMAIL)"

trace:   ## what a request or an analysis did in each service, from the logs (ID=, PORT=)
	@$(PYTHON) deploy/local/trace.py "$(ID)"

check:   ## formatting, lint, types, unit and contract tests: under a minute
	@$(PYTHON) tests/run_all.py check $(FOLDERS)

contract: ## pacts and schemathesis: what the services need of each other and promise
	@$(PYTHON) tests/run_all.py contract $(SERVICES)

verify:  ## record for the gate which pacts each provider keeps; commit what it writes
	@for name in user-service result-service image-service; do $(MAKE) -C $$name verify || exit 1; done

test:    ## every test that can run here, compose included, with one summary at the end
	@$(PYTHON) tests/run_all.py test image-service,tests:skew+tests,static-cdn \
	  tests:compose+contracts,user-service,result-service,gateway,clients/python,clients/javascript,tests:seeded

bench: tests/.venv/installed ## measure this machine: throughput, latency, memory
	@tests/.venv/bin/python tests/bench

accuracy: ## recall, precision and CPU time of each operation on a labelled set (MODELS_DIR=)
	@$(MAKE) --no-print-directory -C image-service accuracy

compare: ## one picture by several engines, side by side (IMAGE= ENGINES=local,clarifai [OPERATIONS=])
	@$(MAKE) --no-print-directory -C image-service compare IMAGE="$(abspath $(IMAGE))"

test-chaos: tests/.venv/installed ## jobs among kills, faults and lost memory, checked (JOBS= KILLS= SEED= [STACK=compose])
	@cd tests && PYTHONPATH=.:../deploy JOBS=$(JOBS) KILLS=$(KILLS) SEED=$(SEED) .venv/bin/python -m chaos

sla: tests/.venv/installed ## put the running system under load, a verdict for each objective (RATE= DURATION= PORT=)
	@cd tests && PYTHONPATH=.:../deploy:../contracts/src RATE=$(RATE) DURATION=$(DURATION) .venv/bin/python -m sla

test-security: tests/.venv/installed ## attacks on a system of its own, counted: accepted, leaked, refused (TRIES=)
	@$(MAKE) --no-print-directory -C tests security TRIES=$(TRIES)

audit:   ## known holes in what is locked; needs pip-audit and its database
	@for lock in */requirements*.lock */*/requirements.lock contracts/*-tools.lock; do \
	  echo "$$lock" && pip-audit --disable-pip --require-hashes --progress-spinner off -r "$$lock" || exit 1; done

rollout: ## put a new version in the place of the one that runs under compose (SERVICE= [IMAGE=] [READY_S=])
	@$(PYTHON) deploy/rollout.py "$(SERVICE)" --image "$(IMAGE)" --ready-s $(READY_S)

autoscale: ## as many workers under compose as there is work, until Ctrl-C (MIN=1 MAX=4 [DOWN_S=60] [PORT=], SIGHTLINE_API_KEY)
	@exec $(PYTHON) deploy/autoscale.py --min $(MIN) --max $(MAX) --down-s $(DOWN_S) --url "http://127.0.0.1:$(or $(PORT),8080)"

test-rollouts: tests/.venv/installed ## so many roll-outs of each service under load: none fails, nothing is lost (ROLLOUTS=)
	@cd tests && STACK=compose ROLLOUTS=$(ROLLOUTS) .venv/bin/python -m pytest -q compose/test_rollout.py

check-kubernetes: tests/.venv/installed ## the manifests as an API server reads them, and planted faults: 15 seconds (CLUSTER=)
	@$(MAKE) --no-print-directory -C tests kubernetes-dry-run

test-kubernetes: tests/.venv/installed ## the demo overlay on a cluster: journeys, networks, roll-outs, kills, KEDA: 20 minutes (CLUSTER=)
	@$(MAKE) --no-print-directory -C tests kubernetes

compat: gate ## what the contracts' changes since their last release break (BASE=commit)
	@$(GATE) compat $(BASE)

can-release: gate ## may this version go there? a table, and yes or no (SERVICE= [ENV=] [VERSION=])
	@$(GATE) can-release "$(SERVICE)" "$(ENV)" $(VERSION)

affected: gate ## the services that the changes since BASE touch, one a line (BASE=main)
	@$(GATE) affected $(BASE)

release: gate ## check, version, changelog, gate, commit, tag (SERVICE= BUMP=major|minor|patch [ENV=])
	@$(GATE) release "$(SERVICE)" "$(BUMP)" "$(ENV)"

test-skew: ## the previous release of each service with the others as they are, end to end
	@$(MAKE) --no-print-directory -C tests skew

# Names of before, which the documentation had.
security: test-security
rollouts: test-rollouts

gate:
	@$(MAKE) --no-print-directory -C contracts venv >/dev/null

tests/.venv/installed: tests/requirements-dev.lock
	@$(MAKE) --no-print-directory -C tests venv

models:  ## fetch and convert the models (22 MB) into image-service/models, by their sums (MODELS_URL= MODELS_DIR=)
	@$(PYTHON) image-service/model_files/make.py list
	@PYTHONPATH=deploy $(PYTHON) -m local.models

lock:    ## pin anew what every pyproject.toml asks for
	@for folder in $(FOLDERS); do $(MAKE) -C $$folder lock || exit 1; done

pacts:   ## write what the services need of each other into contracts/, after a change that is meant
	@for name in result-service image-service gateway; do $(MAKE) -C $$name pacts || exit 1; done

openapi: ## write the services' OpenAPI documents into contracts/, after a change that is meant
	@for name in $(SERVICES); do $(MAKE) -C $$name openapi || exit 1; done
