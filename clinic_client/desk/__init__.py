"""The receptionist's pages: which view is shown with which template."""
