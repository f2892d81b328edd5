"""A filing request answered with a spreadsheet.

columns   which column is which element: what the form asks, level by level
writing   the file to fill in
reading   what a file that was filled in says, and what is wrong with it, by row and column
placing   rows put together into houses and goods items, and those into a document
values    a cell as the table of the message wants it
"""
