"""The base of every deliberate refusal."""

import re
from http import HTTPStatus


class DomainError(Exception):
    """The request was refused."""

    status = HTTPStatus.CONFLICT
    retry_after: int | None = None  # seconds after which the same request may succeed

    @classmethod
    def code(cls) -> str:
        """Return the class name in snake_case, stable for programs."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def message(self) -> str:
        """Return the sentence for people: the text given when raised, else the first line of the docstring."""
        if self.args:
            return str(self.args[0])
        return (type(self).__doc__ or "").strip().splitlines()[0]

    def detail(self) -> dict[str, object]:
        """Return further facts for the API's problem document."""
        return {}
