"""What the figures are made of: pure functions of frozen values, no file and no page."""
