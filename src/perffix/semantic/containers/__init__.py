"""What code does to lists, dictionaries, sets and strings: how they are filled, searched, drained and grown."""
