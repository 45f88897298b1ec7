"""The engine: finds files and rules, decides which rules hold where, runs them and collects what they find."""
