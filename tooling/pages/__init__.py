"""What pages show beyond Markdown, whatever they are made into."""
