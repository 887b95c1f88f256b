"""Where data comes in: the only part of gapmap that reads files or asks the network."""
