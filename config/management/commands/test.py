"""`manage.py test`: every test of the product, by pytest."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import IO, Any, Final

from django.core.management.base import BaseCommand

from config.embedded import browser, paths

# Tests of running processes: a browser's, attacked ones, killed ones, Java's.
APART: Final = ("tests/e2e", "tests/chaos", "tests/interop", "tests/integrations/adversarial")


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
    """Run pytest and return its exit code: with a selection in one process, otherwise in two beside each other.

    Tests that start processes of their own wait most of the time, so they leave a core to the others. What they say
    is shown when they have ended.
    """
    if arguments or (os.cpu_count() or 1) < 2:
        return _ended([_started(arguments)])
    with tempfile.TemporaryFile() as waiting:
        ours = _started(["-p", "no:cacheprovider", *APART], output=waiting)
        code = _ended([_started([f"--ignore={path}" for path in APART]), ours])
        waiting.seek(0)
        sys.stdout.write(f"\nThe tests that start processes ({', '.join(APART)}):\n")
        sys.stdout.write(waiting.read().decode(errors="replace"))
        sys.stdout.flush()
    return code


def _started(arguments: Sequence[str], *, output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """Start pytest, which reads the settings for itself."""
    # tests/conftest.py names the settings, after it has chosen the folder of its own database.
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=paths.PROJECT,
        env=environment,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
    )


def _ended(running: Sequence[subprocess.Popen[bytes]]) -> int:
    """Wait for all, and return the first exit code that is not 0."""
    # Ctrl-C reaches both of us; pytest ends in order and we wait for it.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return next(filter(None, [each.wait() for each in running]), 0)
    finally:
        signal.signal(signal.SIGINT, before)
