"""What one machine does in a second: the real server beside plain SQL doing the same writes."""
