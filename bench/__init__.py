"""Benchmarks: each is a module, run with python -m bench.NAME, and prints figures and ratios of one run."""
