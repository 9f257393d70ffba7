"""Servers for authors and readers: preview and live code."""
