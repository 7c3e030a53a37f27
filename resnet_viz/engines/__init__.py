"""Engines that read somebody else's network: what they give is a Trace like that of our own."""
