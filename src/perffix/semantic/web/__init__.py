"""Web: what the functions of a module answer, and how they are reached."""
