"""Files of rows and columns: text with separators, and workbooks."""
