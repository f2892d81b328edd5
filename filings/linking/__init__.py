"""Which filings customs will put together, predicted from what they say: keys, who has to file, the state that follows."""

from filings.linking.keys import Expectation, effect, expectations, offers
from filings.linking.measures import Difference
from filings.linking.prediction import Compared, Prediction, predict

__all__ = ["Compared", "Difference", "Expectation", "Prediction", "effect", "expectations", "offers", "predict"]
