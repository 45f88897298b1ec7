"""Django models that several tests share, and the relations that perffix tells of code with them."""

from __future__ import annotations

from perffix import check_source

PEOPLE = """
class Publisher(models.Model):
    name = models.CharField(max_length=50)


class Author(models.Model):
    name = models.CharField(max_length=50)
    publisher = models.ForeignKey(Publisher, models.CASCADE)

    def __str__(self):
        return f"{self.name} of {self.publisher.name}"
"""


def relations(text: str, code: str = "PERF701") -> list[str]:
    """Return the relations that a rule tells of a module."""
    return [finding.message.split("`")[3] for finding in check_source(text, select=[code])]
