"""Filing requests: one party asks another to lodge a filing (docs/filing-requests.md).

sending           ask another party, and mail it again
filing_requests   the other verbs of both sides
keys              what links the two filings: all that is shared
matching          whether the filing that was made will link, and where weights and pieces differ
following         keeps a request current as filings change and customs answers
form              the few elements that somebody without an account fills in
sheets            the same as a spreadsheet
outside           the door of somebody without an account
unfinished        what somebody there typed and has not handed over
"""
