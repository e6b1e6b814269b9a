"""The figures of the office: arrears, collection, takings. Importing it makes the reports known."""

from office.figures import arrears, collection, takings

__all__ = ["arrears", "collection", "takings"]
