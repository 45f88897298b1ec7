"""Commands inside of Python: which calls hand a command line to a shell, and what the shell would make of it."""
