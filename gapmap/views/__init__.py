"""Results into something to look at: numbers, sentences, colours, maps, tables, files."""
