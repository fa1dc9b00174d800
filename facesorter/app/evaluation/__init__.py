"""How accurate the program is on photos whose people are known: the command `evaluate`."""
