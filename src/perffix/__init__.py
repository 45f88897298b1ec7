"""perffix finds performance and security anti-patterns in Python code, proves them and rewrites them."""

from __future__ import annotations

__version__ = "0.1.0"
