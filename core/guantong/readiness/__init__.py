"""Whether a county is ready to go live: everything that can be tried is tried, nothing is sent, the answer is go or no-go."""
