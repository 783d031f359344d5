"""The laws: everything a right `Value` must satisfy, one family a file, run by pytest."""
