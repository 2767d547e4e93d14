"""The commands of `clutch`, a file a subject. Roots: they may import anything."""
