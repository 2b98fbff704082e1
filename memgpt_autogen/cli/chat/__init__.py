"""The conversation in the terminal: input, slash commands and turns."""
