"""Tools: the functions through which the model acts, its own memory first of all."""
