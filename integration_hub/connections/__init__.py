"""Who is connected, with which settings, and which store feeds which CRM."""
