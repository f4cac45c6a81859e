"""The officers' web console: server-rendered pages, small live parts, Vietnamese first."""
