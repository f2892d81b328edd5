"""The data dictionary: what the tables say, in the order and the words of pages; on the web and as files."""
