"""What Tortoise does: its models, queries and rows."""
