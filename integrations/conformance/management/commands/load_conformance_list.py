"""`manage.py load_conformance_list FILE`: scenarios of somebody else's list, such as customs' own test cases."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations.conformance import scripts
from integrations.conformance.models import LoadedList


class Command(BaseCommand):
    """Checks a list and keeps it; one of the same name gives way. Runs that are under way go on with what they began with."""

    help = "Load a list of conformance scenarios (TOML, docs/conformance.md); it replaces the one of its name."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, and how to take a list back."""
        parser.add_argument("file", type=Path, metavar="FILE", nargs="?")
        parser.add_argument("--remove", metavar="NAME", help="forget a list that was loaded")
        parser.add_argument("--check", action="store_true", help="only say whether it is understood")

    def handle(self, *_args: Any, file: Path | None, remove: str | None, check: bool, **_options: Any) -> None:
        """Check and keep, or remove."""
        if remove:
            gone, _ = LoadedList.objects.filter(name=remove).delete()
            self.stdout.write(f"{remove} is forgotten." if gone else f"No list {remove} was loaded.")
            return
        if file is None:
            raise CommandError("Name the file of the list.")
        try:
            text = file.read_text(encoding="utf-8")
            found = scripts.read(text)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read as UTF-8.") from error
        except scripts.BadList as error:
            raise CommandError(str(error)) from error
        if not check:
            values = {"text": text, "source": file.name[:200], "loaded_at": timezone.now()}
            LoadedList.objects.update_or_create(name=found.name, defaults=values)
        done = "is understood" if check else "is loaded"
        self.stdout.write(f"{found.name}, version {found.version}, {done}: {len(found.scenarios)} scenarios.")
