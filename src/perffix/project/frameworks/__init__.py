"""Frameworks: what they call in a project, with what, and what they do with what it returns."""
