"""The conformance kit: scripted scenarios per role that an operator runs against the sandbox, with a sealed report.

Scenarios are data (scripts.py, lists/); a run is rows (models.py) that a worker moves on (running.py).
"""
