"""The programs that make the bundled data from its sources, byte for byte the same each time."""
