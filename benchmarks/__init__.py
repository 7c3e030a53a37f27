"""Speed as ratios against peers, measured in the same run; each case in a process of its own."""
