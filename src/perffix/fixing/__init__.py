"""Fixing: fixes, which are data, become new source text. The only package that imports libcst."""
