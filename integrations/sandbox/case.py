"""One matter customs works on: the message at hand, the registered filing it is about, the arrival, and the moment."""

from dataclasses import dataclass, field
from datetime import datetime

from filings.messages.document import Document
from integrations.sandbox import reading
from integrations.sandbox.models import Party, Received, Registration
from integrations.sandbox.office import Office


@dataclass
class Case:
    """What a letter is written from. Documents are read once."""

    here: Office
    at: datetime
    received: Received | None = None
    question: Document | None = None
    registration: Registration | None = None
    arrival: Registration | None = None
    _read: dict[object, Document] = field(default_factory=dict)

    @property
    def document(self) -> Document | None:
        """Return the filing as it stands, if there is one."""
        return self.read(self.registration)

    @property
    def head(self) -> Document | None:
        """Return the filing with its first house consignment alone: what letters carry over, without walking 99,999 houses."""
        document, key = self.document, ("head", self.registration and self.registration.pk)
        if document is not None and key not in self._read:
            self._read[key] = reading.head(document)
        return self._read.get(key)

    @property
    def arrival_document(self) -> Document | None:
        """Return the arrival notification, if there is one."""
        return self.read(self.arrival)

    @property
    def sender(self) -> Party | None:
        """Return who sent the message at hand."""
        return self.received.party if self.received else None

    def about(self, registration: Registration) -> "Case":
        """Return the same matter about another filing."""
        return Case(self.here, self.at, self.received, self.question, registration, self.arrival, self._read)

    def read(self, registration: Registration | None) -> Document | None:
        """Return what a registration says now."""
        if registration is None:
            return None
        key = (registration.pk, registration.current_id)
        if key not in self._read:
            self._read[key] = reading.in_force(registration, at=self.at)
        return self._read[key]
