"""Which filings customs will put together, predicted from what they say: keys, who has to file, the state that follows."""

from filings.linking.keys import Expectation, effect, expectations, offers

__all__ = ["Expectation", "effect", "expectations", "offers"]
