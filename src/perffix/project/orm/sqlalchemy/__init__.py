"""What SQLAlchemy does, and SQLModel and Flask-SQLAlchemy on top of it: models, statements, queries and rows."""
