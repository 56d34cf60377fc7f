"""Rewrites that let the tutorials' naive graph compile on every backend."""
