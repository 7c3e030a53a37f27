"""How does it leave?  Tables, the network as code, and whatever else ``registry.py`` lists; ``formats/`` writes them."""
