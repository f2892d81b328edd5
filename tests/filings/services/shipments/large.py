"""A filing kept in parts, without the upload and the worker that make one."""

from filings import samples
from filings.messages.document import Document
from filings.models import Filing, FilingPart
from filings.services import drafting
from tests.factories import ALICE, NOW

PATH = "consignmentMasterLevel/consignmentHouseLevel"


def kept_in_parts(message: str, *, houses: int) -> tuple[Document, Filing]:
    """Return a sample and a draft of it whose houses are rows of their own."""
    whole, frame = (samples.sample(message, seed=1, houses=houses) for _ in range(2))
    [holder] = frame.nodes(PATH.rpartition("/")[0])
    holder.children = [child for child in holder.children if child.name != PATH.rpartition("/")[2]]
    kept = {"parts_path": PATH, "parts_count": houses}
    filing = drafting.create(document=frame, by=ALICE, at=NOW, source="upload", kept=kept)
    groups = whole.to_json()[message]["consignmentMasterLevel"]
    content = groups[0] if isinstance(groups, list) else groups
    for number, house in enumerate(content["consignmentHouseLevel"], 1):
        reference = house["transportDocumentHouseLevel"]["documentNumber"]
        FilingPart.objects.create(filing=filing, number=number, reference=reference, document=house)
    return whole, filing
