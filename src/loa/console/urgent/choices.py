"""What an author may choose for an order, in the words of the form."""

from loa.alerts.rules import EVERY_S, PLAYS

HOURS = (1, 2, 3, 6, 12, 24, 48, 72)
DRILL_HOURS = (1, 2)
REPEAT = "3-600"
REPEATS: dict[str, tuple[int, int | None]] = {
    REPEAT: (PLAYS, EVERY_S),
    "3": (3, None),
    "1": (1, None),
    "10": (10, None),
    "0": (0, None),
}
"""How often an order is read: `plays` and `every_s`, by the name that the form gives it."""
