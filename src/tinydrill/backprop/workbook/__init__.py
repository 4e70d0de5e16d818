"""The descent as a spreadsheet in which every computed cell is a live formula."""

from tinydrill.backprop.workbook.columns import Column, columns_of
from tinydrill.backprop.workbook.write import write_workbook

__all__ = ["Column", "columns_of", "write_workbook"]
