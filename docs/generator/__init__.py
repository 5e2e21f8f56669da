"""The reference pages that the code itself can tell, one module a page."""
