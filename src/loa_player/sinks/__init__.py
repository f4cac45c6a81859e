"""Where the samples go. Every sink has its own sample clock, paced like a sound card."""
