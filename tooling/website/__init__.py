"""The website: theme, navigation, live code, checks, publishing."""
