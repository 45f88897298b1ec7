"""Other tools' results as findings of perffix: what each tool knows stays its own, how it is asked is written here."""
