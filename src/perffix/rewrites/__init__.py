"""Rewrites: the recommended idiom as edits, for the rules that offer it. They are data; `fixing` applies them."""
