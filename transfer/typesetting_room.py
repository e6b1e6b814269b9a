"""The folder that a template is set in: the templates of the house, and beside them the pictures of its sheets."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from models.printing import Picture

FOLDER = "pictures"


class Room:
    """The house itself where no sheet has a picture, else a copy of it with the pictures, gone at the end.

    Pictures lie there as files because a template would take thirty times the memory for their bytes as data.
    """

    def __init__(self, house: Path) -> None:
        self.root = house
        self.names: list[str] = []
        """The pictures, as templates name them."""
        self._house = house
        self._folder: TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def placed(self, value: Any) -> Any:
        """Plain data with every Picture put into the room and named by its path there; the same one lies there once."""
        if isinstance(value, Picture):
            return self._place(value)
        if isinstance(value, dict):
            return {name: self.placed(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.placed(one) for one in value]
        return value

    def _place(self, picture: Picture) -> str:
        data = picture.data
        # A stored file lies under its own digest and does not change, so its path tells it from others.
        digest = sha256(str(data).encode() if isinstance(data, Path) else data).hexdigest()
        name = f"/{FOLDER}/{digest}.{picture.ending}"
        if name not in self.names:
            target = self._copied() / name[1:]
            if isinstance(data, Path):
                shutil.copyfile(data, target)
            else:
                target.write_bytes(data)
            self.names.append(name)
        return name

    def _copied(self) -> Path:
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="estatedesk-paper-")
            self.root = Path(self._folder.name).resolve()
            shutil.copytree(self._house, self.root, dirs_exist_ok=True)
            (self.root / FOLDER).mkdir()
        return self.root
