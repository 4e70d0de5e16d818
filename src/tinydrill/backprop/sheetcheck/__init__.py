"""Judge anyone's backpropagation spreadsheet: right, wrong (which cell and why), or not checkable.

An independent witness: nothing here imports the derivation or the workbook writer.
"""
