"""The demo: a simulated world, the hub in its middle, and books kept by hand to compare with the other side's."""
