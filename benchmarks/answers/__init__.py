"""Are questions about whole conversations answered rightly? Ours compared with other ways to remember."""
