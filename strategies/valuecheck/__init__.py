"""A property-based verification suite for scalar autograd engines."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("valuecheck")
