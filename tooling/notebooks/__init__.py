"""The pages as plain notebooks: translation, build and checks."""
