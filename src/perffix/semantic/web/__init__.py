"""What a module does on the web: who handles a request, what is answered, which objects stand behind it."""
