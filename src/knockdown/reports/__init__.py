"""Tables, pictures and workbooks of the papers other rooms computed; it computes nothing of its own."""
