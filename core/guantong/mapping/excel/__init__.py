"""字段对照表: a dialect as a workbook staff can read and edit, and back, comments included."""

from guantong.mapping.excel.incoming import Incoming, MadeFile, from_workbook
from guantong.mapping.excel.outgoing import to_workbook

__all__ = ["Incoming", "MadeFile", "from_workbook", "to_workbook"]
