"""What Explore says of many titles: choices with their counts, filters in words, the table."""
