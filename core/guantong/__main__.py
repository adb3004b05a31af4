"""`python -m guantong` is `guantong`."""

from guantong.cli import main

main()
