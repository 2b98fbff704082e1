"""Function calls written as text, for models that have no function calling of their own."""
