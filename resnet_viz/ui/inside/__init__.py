"""The page Inside, a file a part: what is run, and what is shown of it."""
