"""Alarms: somebody is told in time, a second person if the first does not answer (docs/decisions/0024-alarms.md).

alarms     raised once for each cause, open until a person acknowledges them
rules      whom an operator wants told of what, and when
watch      what comes near in time: read from deadlines, raised as alarms
said       what customs says that is worth an alarm
sending    mail and webhook calls: a row first, then the network
webhooks   the addresses of an operator's own systems
"""
