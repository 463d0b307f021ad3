"""Benchmarks: fixed cases, programs to compare with, and the dated figures."""
