"""What the modules of a project mean together: summaries of single files, linked into one index."""
