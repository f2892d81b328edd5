#!/usr/bin/env python3
"""The one command of Landfall: `demo` shows it, `test` tests it, the rest is Django's."""

import os
import sys

from config import bootstrap


def main() -> None:
    """Make sure of the environment, then run the command."""
    bootstrap.ensure(sys.argv)

    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
