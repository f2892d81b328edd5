"""The houses of a filing, up to 99,999 of them.

table       a row a house, a column a path in it
changes     cells changed, houses added and taken out, as one revision
states      what customs said of each
splitting   more houses than a filing may have: several drafts
"""
