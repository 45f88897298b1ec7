"""Evidence: the benchmarks that show what a rule gains, and how they are run."""
