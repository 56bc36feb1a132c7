"""The back room: runs notebooks and turns them into pages. No notebook imports it."""
