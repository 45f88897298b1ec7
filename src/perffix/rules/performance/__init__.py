"""Rules about time and memory: `PERF1xx` to `PERF9xx`."""
