"""Bringing a county online: its files made from a few answers, its readiness proven, its paperwork written."""
