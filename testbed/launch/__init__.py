"""Starting a deployment: processes, certificates, databases, directories."""
