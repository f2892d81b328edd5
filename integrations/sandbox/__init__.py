"""A strict simulator of customs' access point (the STI): a process of its own that speaks HTTP and AS4 only.

It reads the tables of messages and the AS4 library as anybody could, and none of the product's rows. What it knows
of the names on the wire stands in profile.py, written down a second time on purpose: a simulator that borrowed the
product's spelling could not find the product's mistakes.
"""
