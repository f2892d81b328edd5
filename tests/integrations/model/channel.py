"""A network between the gateway and customs that loses, doubles, delays, mixes up and damages what it carries.

On one side stands the gateway's own sending and pulling, whose every POST goes through `post`; on the other the sandbox's own
reception. Between them nothing is simulated: what is signed, verified, stored and receipted is the real thing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from integrations import as4, http
from integrations.sandbox import reception
from integrations.sandbox.reception import Reply


class Fate(StrEnum):
    """What happens to one POST and to its answer."""

    FINE = "fine"
    LOST = "lost"  # it never arrives
    DELAYED = "delayed"  # it arrives later, when the sender no longer listens
    ANSWER_LOST = "answer lost"
    TWICE = "twice"  # it arrives twice; the second answer comes back
    DAMAGED = "damaged"  # an octet of the answer is changed
    OLD_ANSWER = "old answer"  # the answer to something else comes back
    CUT = "cut"  # half of the request arrives
    NO_ROOM = "no room"  # customs cannot store it
    PAGE = "page"  # a proxy answers in its place


@dataclass
class Channel:
    """The network, its memory, and what is the next to happen."""

    clock: Callable[[], datetime]
    fates: Iterator[Fate]
    delayed: list[tuple[str, bytes]] = field(default_factory=list)
    answers: list[http.Answer] = field(default_factory=list)
    receipts: dict[str, set[bytes]] = field(default_factory=dict)  # by id of the message receipted

    def post(self, _url: str, *, content_type: str, body: bytes, **_: object) -> http.Answer:  # noqa: PLR0911 a table
        """Stand where http.post stands."""
        match next(self.fates, Fate.FINE):
            case Fate.LOST:
                raise http.Unreachable("lost")
            case Fate.DELAYED:
                self.delayed.append((content_type, body))
                raise http.Unreachable("delayed")
            case Fate.ANSWER_LOST:
                self.arrive(content_type, body)
                raise http.Unreachable("answer lost")
            case Fate.TWICE:
                self.arrive(content_type, body)
                return self.arrive(content_type, body)
            case Fate.DAMAGED:
                return _damaged(self.arrive(content_type, body))
            case Fate.OLD_ANSWER:
                older = [*self.answers]
                self.arrive(content_type, body)
                return older[0] if older else http.Answer(200, "", b"")
            case Fate.CUT:
                return self.arrive(content_type, body[: len(body) // 2])
            case Fate.NO_ROOM:
                error = as4.As4Error("EBMS:0202", "not stored")
                return _answer(reception.refuse(error, seal=None, at=self.clock()))
            case Fate.PAGE:
                return http.Answer(502, "text/html", b"<html>Bad gateway</html>")
            case _:
                return self.arrive(content_type, body)

    def arrive(self, content_type: str, body: bytes) -> http.Answer:
        """Let customs' access point answer, and remember its receipts."""
        answer = _answer(reception.reply(content_type=content_type, body=body, at=self.clock()))
        self.answers.append(answer)
        if b"NonRepudiationInformation" in answer.body:
            self.receipts.setdefault(_ref_to(answer.body), set()).add(answer.body)
        return answer

    def arrive_late(self, number: int) -> None:
        """Let something delayed arrive; whoever sent it does not listen any more."""
        content_type, body = self.delayed.pop(number % len(self.delayed))
        self.arrive(content_type, body)


def _answer(reply: Reply) -> http.Answer:
    return http.Answer(reply.status, reply.content_type, reply.body)


def _damaged(answer: http.Answer) -> http.Answer:
    if not answer.body:
        return answer
    middle = len(answer.body) // 2
    body = answer.body[:middle] + bytes([answer.body[middle] ^ 1]) + answer.body[middle + 1 :]
    return http.Answer(answer.status, answer.content_type, body)


def _ref_to(receipt: bytes) -> str:
    return receipt.partition(b"<eb:RefToMessageId>")[2].partition(b"<")[0].decode()
