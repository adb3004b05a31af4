"""`guantong drill` (故障演练): the hub is killed again and again on the user's own disk, and nothing may be lost or done twice."""
