"""Records: the one store through which every write goes and the one scope through which every read goes."""

from models.opening import open_office
from models.registry import Registry

__all__ = ["Registry", "open_office"]
