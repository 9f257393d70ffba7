"""Upkeep of the project: changed pages, data sets, links."""
