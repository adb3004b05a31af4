"""Everything that plugs in beside adapters: stores, codecs, value functions, signers, the demo."""
