"""Rules about security: `SEC1xx` to `SEC9xx`."""
