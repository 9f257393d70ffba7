"""Pictures of the book and the code that draws them."""
