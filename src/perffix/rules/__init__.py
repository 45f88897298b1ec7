"""The rules, one module each. `rule` says what a rule is and what it is handed."""
