"""Facts this module records."""

TIMETABLE_SET = "schedule.timetable_set"
SLOT_ADDED = "schedule.slot_added"
SLOT_MOVED = "schedule.slot_moved"
SLOT_REMOVED = "schedule.slot_removed"
LIBRARY_ARRIVED = "schedule.library_arrived"
PLAN_ISSUED = "schedule.plan_issued"
