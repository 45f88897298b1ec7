"""SQL inside of Python: what a statement says around its holes, and which driver receives it."""
