"""The benchmarks: `python -m benchmarks.NAME --json`. docs/benchmarks.md has the results."""
