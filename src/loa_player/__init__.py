"""The loudspeaker's agent: trust, store, clock, mixer, sinks, report."""
