"""How does it leave?  Tables as text, CSV, JSON and Markdown."""
