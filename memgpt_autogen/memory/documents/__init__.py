"""Documents in archival memory: attach, replace, list and detach them."""
