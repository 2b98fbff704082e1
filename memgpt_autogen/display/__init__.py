"""How things show themselves to people, in notebooks and terminals: escaped, cut, and never in the way of what they show."""
