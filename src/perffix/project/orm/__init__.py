"""Object-relational mappers: the models of a project, what its queries load, and what an access to a row costs."""
