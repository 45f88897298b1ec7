"""What Django's own mapper does: its models, managers, queries and rows."""
