"""Times and dates as an officer writes them (look.md, Voice of the texts)."""

TIME_FORMAT = r"G \g\i\ờ i"
DATE_FORMAT = "d/m/Y"
DATETIME_FORMAT = r"G \g\i\ờ i, d/m/Y"
SHORT_DATE_FORMAT = "d/m/Y"
SHORT_DATETIME_FORMAT = r"G \g\i\ờ i, d/m"
DECIMAL_SEPARATOR = ","
THOUSAND_SEPARATOR = "."
NUMBER_GROUPING = 3
FIRST_DAY_OF_WEEK = 1
