"""The web API of the line: what a clinic's program asks without the terminal's folders."""
