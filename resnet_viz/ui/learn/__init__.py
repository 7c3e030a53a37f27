"""The page Learn: tour, errata, design tasks, names side by side, words."""
