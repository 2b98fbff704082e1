"""The command line on a server: its client in the form that the commands know, so that they exist once."""
