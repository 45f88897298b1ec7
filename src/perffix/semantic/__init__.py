"""What one module means: scopes, names, types, loops and effects, all read from its tree and never run."""
