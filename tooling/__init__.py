"""What builds the book: listings, claims, the executor, checks of the site."""
