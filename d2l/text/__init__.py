"""From text to the integers that models read, and back."""
