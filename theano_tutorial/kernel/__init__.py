"""The kernel behind the numpy and c backends, and the rewrite that puts it in place."""
