"""The command lines: what they accept, print and leave behind."""
