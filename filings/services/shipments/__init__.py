"""Shipments: the filings about one transport document, their keys, and who still has to file (docs/shipments.md).

keeping    the verb that keeps keys and shipments current, and what customs tells of them
reading    what a filing says as far as linking needs it, however large it is
figures    what of a shipment is open, reckoned from its filings
settling   the figures that follow a moment later: of large shipments, and of those that filings of others count in
sharing    the keys that two operators agreed about, and the marker by which one tells the other that something changed
matching   what links to a filing, to keys, and why something does not
searching  the list: what fits, in which order
tree       the filings of one, each below what it links to
elsewhere  what other operators that agreed to it have of it; others: how that is shown
board      who is expected, who has filed, who is late
"""
