"""Offline stand-ins of the data sets, made by code."""
