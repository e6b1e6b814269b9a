"""The figures of the office: arrears, collection, takings, the service desk. Importing it makes the reports known."""

from office.figures import (
    arrears,
    collection,
    service,
    service_counts,
    service_ledgers,
    service_repairs,
    takings,
)

__all__ = ["arrears", "collection", "service", "service_counts", "service_ledgers", "service_repairs", "takings"]
