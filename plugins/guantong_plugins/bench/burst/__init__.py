"""`guantong bench burst`: as many events a second as a busy morning has, through each adapter, both ways."""
