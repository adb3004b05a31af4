"""Large files read in parts (Splitter, Enterprise Integration Patterns): copied aside, looked through once, then handed over part by
part, each a smaller file of the same form. Memory is bounded by one part, whatever the file's size."""
