"""The test door (测试接口): a county's vendor posts records as to the real one and reads every mistake; nothing is kept."""
