"""Evidence packs (取证包): all of one case in one ZIP that anybody can read, and check without this program."""
