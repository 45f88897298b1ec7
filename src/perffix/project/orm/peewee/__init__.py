"""What Peewee does: its models, queries and rows."""
