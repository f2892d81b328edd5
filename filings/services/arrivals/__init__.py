"""Arrivals: a voyage or flight is notified, and what customs answers (docs/arrivals.md).

proposed     which filings come with a call, with warnings
arrivals     the verb that notifies customs
heard        what customs says of a notification and of control
next_steps   what each country wants done after it
export       the data that the national declarations need
"""
