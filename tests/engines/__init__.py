"""Right engines in unusual dress: none of them may be blamed for anything."""
