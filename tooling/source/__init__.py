"""The book as written: pages, listings, and what pages depend on."""
