"""Nine stories that take each of the 31 filings once: the facts behind the files in samples/.

python -m filings.samples.stories samples
"""

from filings.samples.stories.air import GENERAL_AIR
from filings.samples.stories.building import Filing, Story
from filings.samples.stories.direct_air import DIRECT_AIR
from filings.samples.stories.express import EXPRESS_FLIGHT, EXPRESS_ROAD
from filings.samples.stories.land import FREIGHT_TRAIN, LORRY
from filings.samples.stories.post import POSTAL
from filings.samples.stories.sea import DEEP_SEA
from filings.samples.stories.short_sea import SHORT_SEA

STORIES = (DEEP_SEA, SHORT_SEA, GENERAL_AIR, DIRECT_AIR, EXPRESS_FLIGHT, EXPRESS_ROAD, POSTAL, LORRY, FREIGHT_TRAIN)

__all__ = ["STORIES", "Filing", "Story"]
