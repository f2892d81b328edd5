"""Voyages and flights, their calls, and what they mean for filings (docs/arrivals.md).

voyages    entered, changed, and which filings come with them
found      questions about them
eta        one change of the estimated arrival, and what it does to each filing
journeys   what people know about the journey of one filing, and the deadlines that gives
"""
