"""The citizens' query: a kiosk asks by case number and password how a case stands, and hears it in public words."""
