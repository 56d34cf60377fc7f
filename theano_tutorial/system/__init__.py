"""What the package needs of the machine: files, folders, a terminal, threads."""
