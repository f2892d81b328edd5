# Shortcuts for people who work on Landfall; everything goes through manage.py, which makes the environment.
.PHONY: demo test interop chaos check lock bench-messages bench-gateway

PYTHON = .venv/bin/python

demo:
	python3 manage.py demo

test:
	python3 manage.py test

# Our access points against phase4 and the Java platform; part of `make test` where there are a JDK and Maven.
interop:
	python3 manage.py test tests/interop

# Ten minutes in which processes are killed and wires cut; part of `make test` for less than a minute. CHAOS_SEED=... repeats.
chaos:
	CHAOS_SECONDS=600 python3 manage.py test tests/chaos -s

check:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy config tenants filings referrals integrations
	.venv/bin/lint-imports
	$(PYTHON) manage.py makemigrations --check --dry-run
	python3 manage.py test --cov --cov-report=term:skip-covered

# Writes benchmarks/messages/report.md and report.svg.
bench-messages:
	$(PYTHON) -m benchmarks.messages

# Writes benchmarks/gateway/report.md and report.svg.
bench-gateway:
	$(PYTHON) -m benchmarks.gateway

# Without the options the files would name the registry they were made from.
COMPILE = .venv/bin/uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header $(UPGRADE)

# `make lock UPGRADE=--upgrade` takes the newest versions that pyproject.toml allows.
lock:
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	echo uv | $(COMPILE) --no-annotate - -o requirements-installer.lock
