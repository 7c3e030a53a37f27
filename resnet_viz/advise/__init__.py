"""What follows for somebody: explained, compared, diagnosed, adapted, broken and mended, recognised; errors and weights."""
