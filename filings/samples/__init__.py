"""Realistic messages out of tables: what `manage.py sample_message` prints and tests feed on."""

from filings.samples.sample import choose_lane, sample, stream

__all__ = ["choose_lane", "sample", "stream"]
