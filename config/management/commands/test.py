"""`manage.py test`: every test of the product, by pytest."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand

from config.embedded import browser, paths


class Command(BaseCommand):
    """Runs pytest; all arguments are pytest's."""

    help = "Run every test (unit, database, browser). All arguments go to pytest, e.g. `test tests/filings -k mass`."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Hand everything after "test" to pytest untouched and leave with its exit code."""
        arguments = argv[2:]
        wants_browser = may_need_browser(arguments)
        if wants_browser and not browser.find() and browser.can_install():
            self.stderr.write(f"The browser tests need a browser: {browser.INSTALL}")
            browser.install()
        code = run_pytest(arguments)
        if wants_browser and not browser.find():
            self.stdout.write(f"The browser tests were skipped: there is no Chromium. As root: {browser.INSTALL}")
        sys.exit(code)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run everything, when called from Python."""
        sys.exit(run_pytest(args))


def may_need_browser(arguments: Sequence[str]) -> bool:
    """Say whether pytest's arguments may include the end-to-end tests: nothing is selected, or they are named."""
    paths_named = [argument for argument in arguments if not argument.startswith("-")]
    selected = [path for path in paths_named if (paths.PROJECT / path.partition("::")[0]).exists()]
    return not selected or any("e2e" in path or path.rstrip("/") in {"tests", "."} for path in selected)


def run_pytest(arguments: Sequence[str]) -> int:
    """Run pytest in a process of its own, which reads the settings for itself, and return its exit code."""
    # tests/conftest.py names the settings, after it has chosen the folder of its own database.
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    # Ctrl-C reaches both of us; pytest ends in order and we wait for it.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # A child inherits "ignored", so pytest is given the usual answer back.
        return subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=paths.PROJECT,
            env=environment,
            check=False,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ).returncode
    finally:
        signal.signal(signal.SIGINT, before)
