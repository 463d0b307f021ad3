"""Offline allocation engine."""
