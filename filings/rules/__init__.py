"""Rules and conditions: the sentences a row of a message table cannot say. Plain Python."""
