"""The operator's commands, one module each with a `main(argv) -> int`."""
