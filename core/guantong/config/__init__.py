"""Configuration: the files of a home folder, loaded, checked and made into what the hub runs by."""

from guantong.config.configuration import (
    Configuration,
    HubSettings,
    Loaded,
    Route,
    StoreChoice,
    System,
)
from guantong.config.hub import LogSettings, QueueLimits
from guantong.config.load import load
from guantong.config.policies import BreakerPolicy, DeliveryPolicy, PollPolicy, ReceiptPolicy, RetryPolicy
from guantong.config.reply import Meaning, ReplyRule, ReplyRules, TextCondition, When

__all__ = [
    "BreakerPolicy",
    "Configuration",
    "DeliveryPolicy",
    "HubSettings",
    "Loaded",
    "LogSettings",
    "Meaning",
    "PollPolicy",
    "QueueLimits",
    "ReceiptPolicy",
    "ReplyRule",
    "ReplyRules",
    "RetryPolicy",
    "Route",
    "StoreChoice",
    "System",
    "TextCondition",
    "When",
    "load",
]
