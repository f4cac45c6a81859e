"""What every page shares: requests, forms, formats, live parts, templates, styles, scripts."""
