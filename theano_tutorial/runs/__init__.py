"""What a run leaves on disk, and how a stopped run resumes from it."""
