"""What the expressions of a project hold: its code followed from summaries, with nothing run."""
