"""The two fonts of a receipt's page; see README.md."""
