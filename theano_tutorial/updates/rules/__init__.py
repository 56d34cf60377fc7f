"""The rules that make a cost small: a file each, which is named like its function."""
