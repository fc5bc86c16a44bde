"""A customer's parts list, as CAD and ERP programs and people write it, read into lines that can be asked for."""
