"""The parts of scripts/benchmark and scripts/gpu."""
