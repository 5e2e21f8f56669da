"""The pages of the portal: for a phone first, server-rendered, and whole without a script."""
