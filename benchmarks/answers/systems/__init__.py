"""The systems that remember and answer: ours, the baselines, and others' memories."""
