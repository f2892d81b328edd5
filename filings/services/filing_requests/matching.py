"""Whether the filings for a request link, and where they stand: looked at on the side whose filings they are."""

from filings import selectors
from filings.messages import catalogue, json
from filings.messages.document import Document, Unreadable
from filings.models import Filing, FilingPart
from filings.models.filing_request import FilingRequest, FilingRequestAnswer
from filings.services.filing_requests import keys
from filings.services.large import parts
from tenants.scope import current_operator_id


def match_again(request: FilingRequest) -> None:
    """Compare the filings for a request with what was asked, as they stand now, and keep the result for both sides."""
    answers = list(request.answers.filter(operator=current_operator_id()).select_related("filing"))
    matches = [_match(request, each) for each in answers]
    wrong = [each for each in matches if not each.links]
    match = (wrong or matches)[0] if matches else None
    totals = [each.totals for each in answers]
    if match and request.compares:
        match = keys.with_totals(match, request.totals, keys.added(totals))
    FilingRequestAnswer.objects.bulk_update(answers, ["state", "revision", "totals", "links"])
    request.match = match.as_dict() if match else {}
    request.save(update_fields=["match"])


def _match(request: FilingRequest, answer: FilingRequestAnswer) -> keys.Match:
    filing = answer.filing
    try:
        document = document_of(filing)
    except (catalogue.UnknownMessage, Unreadable):
        answer.state, answer.revision, answer.links, answer.totals = filing.state, filing.revision, False, {}
        return keys.Match(False, (), ("Whether it links cannot be said: the message set it is written in is not loaded here.",))
    how = keys.combination(request.combination, document.message)
    match = keys.compare(document, how, request.key, mrn=filing.mrn)
    answer.state, answer.revision, answer.links = filing.state, filing.revision, match.links
    answer.totals = keys.totals_of(document) if request.compares and not filing.in_parts else {}
    return match


def document_of(filing: Filing) -> Document:
    """Return what a filing says; of one kept in parts what is around them with the first."""
    first = FilingPart.objects.filter(filing=filing).first() if filing.in_parts else None
    if first is None:
        return parts.frame_of(filing) if filing.in_parts else selectors.document_of(filing)
    content = {filing.message_type: parts.with_one(filing, first)}
    return json.from_json(content, message_set=filing.message_set, version=filing.version)
