"""Everything made up: the demo, the tour, the drill, the nation, a country of full size.

It builds on `loa`, which never imports it; the `demo` extra installs it.
"""
