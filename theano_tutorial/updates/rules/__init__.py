"""The rules that minimise a cost, each in a file named like its function."""
