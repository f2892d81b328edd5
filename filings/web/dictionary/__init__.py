"""The data dictionary on the web: generated from the tables, for everyone who is signed in."""
