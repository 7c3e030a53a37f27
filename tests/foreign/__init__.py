"""Other people's models traced, against what is known of each without this project."""
