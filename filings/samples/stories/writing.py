"""Turn stories into messages and files."""

from pathlib import Path

from filings.messages import catalogue, json
from filings.messages.document import Document
from filings.samples.fill import fill
from filings.samples.stories import STORIES, Filing, Story


def document_of(filing: Filing) -> Document:
    """Return the message a filing of a story is."""
    message = catalogue.message(filing.message)
    content = fill(message, filing.facts, optional=True)
    return json.from_json({message.root_name: content}, message_set=message.message_set, version=message.version)


def file_of(story: Story, filing: Filing) -> str:
    """Return the path of its file below samples/."""
    return f"{story.slug}/{filing.message}-{filing.about}.json"


def write(folder: Path) -> list[Path]:
    """Write every filing of every story and return the files."""
    written = []
    for story in STORIES:
        for filing in story.filings:
            path = folder / file_of(story, filing)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(json.write(document_of(filing)))
            written.append(path)
    return written
