"""Benchmark driver: starts mock backends, nginx and vmcp, measures them in turn, writes the report."""
