"""Recorded comparisons; they may import everything, nothing imports them."""
