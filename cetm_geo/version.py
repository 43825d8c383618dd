"""The program's version, stated once here and read by the build."""

VERSION = "0.1.0"
