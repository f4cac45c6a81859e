"""Facts this module records."""

ROW_SET_ASIDE = "quarantine.row_set_aside"
ROW_RELEASED = "quarantine.row_released"
ROW_TRIED_AGAIN = "quarantine.row_tried_again"
ROW_GIVEN_UP = "quarantine.row_given_up"
