"""Modules as summaries that are made of their text alone: what each expression is, without asking what it holds."""
