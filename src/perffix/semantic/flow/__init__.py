"""Where values come from: which are fixed by the program and which may hold what somebody outside wrote."""
