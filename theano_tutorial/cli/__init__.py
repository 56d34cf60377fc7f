"""The command lines: what they accept, print and write to disk."""
