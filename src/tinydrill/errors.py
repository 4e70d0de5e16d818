"""The one exception that means "what you gave me can't be used", for both rooms and the CLI."""


class UnusableInputError(ValueError):
    """Bad input, told in one sentence: what was wrong, where, and what would be right.

    The command line prints the sentence to stderr and exits with status 2; nothing else in the
    package prints it, and it never carries a traceback to the person.
    """
