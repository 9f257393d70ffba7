"""Execution of pages: kernels, engines, and the results that are kept."""
