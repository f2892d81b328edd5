"""Pages about filings."""
