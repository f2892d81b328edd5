"""Words that customs refuses in a description of goods (docs/decisions/0019-what-stop-words-find.md).

stop_words   the lists: loaded, compared, in force from a day on
rescanning   everything open compared with the lists again
hits         what was found, for somebody to look at
"""
