"""Records that a county's vendor exported as files (存量办件导出), for counties that push to us and cannot be read again."""
