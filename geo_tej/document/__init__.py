"""Maps and extracts put into planning documents: markers, what they stand for, and how each format writes it."""
