"""The one error a person at the command line gets to read."""


class StackError(Exception):
    """Something a person can mend: one clear sentence, then the way out. Printed without a traceback."""
