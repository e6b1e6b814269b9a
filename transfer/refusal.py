"""What is said of a file that cannot be taken in at all."""

from __future__ import annotations

from schema.text import Text


class FileRefused(ValueError):
    """A file as a whole cannot be read or used; ``text`` says why and what would help."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.to("en"))
        self.text = text


EMPTY = Text("文件是空的：请选择有表头和数据的文件。", "The file is empty: choose one with a header and rows.")
NOT_A_TABLE = Text(
    "无法识别的文件类型：请使用 CSV、TXT、XLSX、XLS 或 ODS 表格。",
    "This kind of file is not known: use a CSV, TXT, XLSX, XLS or ODS table.",
)
NO_HEADER = Text(
    "没有找到表头：文件里没有一行文字可作列名。", "No header found: no row in the file could name the columns."
)
TOO_LARGE = Text(
    "文件太大（{size} MB）：最多 {limit} MB，请分成几个文件。",
    "The file is too large ({size} MB): at most {limit} MB; split it into several.",
)
