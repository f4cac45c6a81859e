"""Between MQTT and the services: hints out, receipts and health in, and who may do what there.

The broker is only the doorbell (wall 2): nothing here is the only copy of anything.
"""
