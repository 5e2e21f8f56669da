"""The clinic's pages: templates without logic, and the view models that they show."""
