"""Import another library's decisions: match them, compare them, apply them."""
