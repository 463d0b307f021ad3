"""The wire: what attachVoxnumberToLink takes and gives."""
