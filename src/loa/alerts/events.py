"""Facts this module records."""

ORDER_PROPOSED = "alerts.order_proposed"
ORDER_ISSUED = "alerts.order_issued"
ORDER_DECLINED = "alerts.order_declined"
ORDER_CLIMBED = "alerts.order_climbed"
RESERVE_USED = "alerts.reserve_used"
