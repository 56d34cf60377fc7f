"""What users, disks and servers can do wrong: each answered in one line, or done right.

Continuous integration runs a short form; ``pytest tests/faults --long`` runs thousands of cases
and prints figures.
"""
