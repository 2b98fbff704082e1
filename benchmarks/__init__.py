"""Programs that measure: `python -m benchmarks.NAME --json`. What they found is told in docs/benchmarks.md."""
